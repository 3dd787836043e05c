/** The certificate authority: roots that strangers can read, the seal's certificate, one certificate for each signature, and warnings. */
import { generateKeyPairSync, type KeyObject, webcrypto, X509Certificate } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { system } from '../../domain/kernel/actor.ts'
import { command, type PreparationContext } from '../../domain/kernel/operation.ts'
import { allowAnyone } from '../../domain/kernel/permission.ts'
import { openSealKeys } from '../../domain/signing/authority/authority.ts'
import { listExpiring, warnOfExpiry } from '../../domain/signing/authority/operations.ts'
import { isSigningKey } from '../../domain/signing/authority/signing-key.ts'
import type { SealKeys } from '../../domain/signing/seal/seal-keys.ts'
import type { Node } from '../../main.ts'
import { type Person, registerPerson, sendRequest } from '../support/client.ts'
import { hasType, waitForNotification } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
let admin: Person
beforeAll(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
})
beforeEach(() => sql`truncate signing_certificate`.execute(node.database.sql))

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const inDays = (days: number) => new Date(Date.now() + days * 24 * 3600_000)

/** Opens the keys of one seal, with another signing key or at another time where these are given. */
function openKeys(given: { key?: KeyObject | undefined; now?: Date } = {}): Promise<SealKeys> {
  const open = command('test.openSealKeys', {
    input: {},
    authorize: allowAnyone,
    prepare: (view) => openSealKeys(change(view, given)),
    execute: async (_, __, keys) => keys,
  })
  return node.domain.run(system, open, {})
}
const change = (view: PreparationContext, given: { key?: KeyObject | undefined; now?: Date }): PreparationContext => ({
  em: view.em,
  db: view.db,
  runPrepared: view.runPrepared,
  autocommit: view.autocommit,
  actor: view.actor,
  now: given.now ?? view.now,
  ports: { ...view.ports, ...('key' in given && { signingKey: given.key }) },
})

const Roots = z.object({
  items: z.array(z.object({ serial: z.string(), keyFingerprint: z.string(), present: z.boolean(), pem: z.string(), notAfter: z.string() })),
})
async function readRoots() {
  const response = await fetch(`${node.url}/api/legal/authority`)
  expect(response.status).toBe(200)
  return Roots.parse(await response.json()).items
}

test('a stranger reads the root certificate, which signs itself and lasts ten years', async () => {
  const [root, ...others] = await readRoots()
  expect(others).toEqual([])
  const certificate = new X509Certificate(root?.pem as string)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.ca).toBe(true)
  expect(root).toMatchObject({ present: true, serial: certificate.serialNumber.toLowerCase() })
  expect(new Date(root?.notAfter as string).getUTCFullYear() - new Date().getUTCFullYear()).toBe(10)
  expect(await readRoots()).toEqual([root])
})

test('twenty seals at once use one root and one seal key', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => openKeys()))
  expect(new Set(all.map(({ root }) => root.serial)).size).toBe(1)
  const later = await openKeys()
  const again = await openKeys()
  expect(again.seal.certificate.serial).toBe(later.seal.certificate.serial)
  const { publicKey } = new X509Certificate(later.seal.certificate.pem)
  expect(new X509Certificate(later.seal.certificate.pem).verify(new X509Certificate(later.root.pem).publicKey)).toBe(true)
  // the derived private key belongs to the certificate
  const bytes = new Uint8Array([1, 2, 3])
  const { subtle } = webcrypto
  const signature = await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, again.seal.key, bytes)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const verifier = await subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify'])
  expect(await subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, verifier, signature, bytes)).toBe(true)
})

describe('certificates of signers', () => {
  test.each([
    ['Latin', 'Łukasz Ångström-Müller', 'Łukasz Ångström-Müller'],
    ['Han and Hangul', '王小明 한글', '王小明 한글'],
    ['Arabic', 'محمد بن سلمان', 'محمد بن سلمان'],
    ['a right-to-left override', 'Ann \u202egnidaelsim\u202c X', 'Ann gnidaelsim X'],
    ['signs of a distinguished name', 'a=b, CN=root+O="x"\\', 'a=b, CN=root+O="x"\\'],
    ['5,000 characters', 'x'.repeat(5000), `${'x'.repeat(63)}…`],
    ['nothing visible', '\u200b\u202e', '?'],
  ])('a name: %s', async (_, name, shown) => {
    const keys = await openKeys()
    const { certificate, key } = await keys.issue(name)
    const parsed = new X509Certificate(certificate.pem)
    expect(parsed.verify(new X509Certificate(keys.root.pem).publicKey)).toBe(true)
    expect(parsed.toLegacyObject().subject.CN).toBe(shown)
    expect(parsed.ca).toBe(false)
    expect(key.extractable).toBe(false)
  })

  test('two certificates of one name have different keys and serials', async () => {
    const keys = await openKeys()
    const [one, two] = await Promise.all([keys.issue('Ann'), keys.issue('Ann')])
    expect(one.certificate.serial).not.toBe(two.certificate.serial)
    expect(one.certificate.keyFingerprint).not.toBe(two.certificate.keyFingerprint)
  })
})

test('another signing key makes another root, and the old one stays readable', async () => {
  const before = await openKeys()
  const after = await openKeys({ key: newKey() })
  expect(after.root.serial).not.toBe(before.root.serial)
  const roots = await readRoots()
  expect(roots.map(({ serial, present }) => ({ serial, present }))).toEqual([
    { serial: after.root.serial, present: false },
    { serial: before.root.serial, present: true },
  ])
})

test('without a key, nothing is sealed and the roots stay readable', async () => {
  await openKeys()
  await expect(openKeys({ key: undefined })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('SIGNING_CA_KEY'),
  })
  expect(await readRoots()).toHaveLength(1)
})

test('an expired root is never used, nor one from the future', async () => {
  await openKeys()
  const expired = { code: 'unavailable', message: expect.stringContaining('expired on') }
  await expect(openKeys({ now: inDays(11 * 366) })).rejects.toMatchObject(expired)
  await expect(openKeys({ now: inDays(-30) })).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('clock') })
})

test('the seal is renewed before it ends, and never outlives its root', async () => {
  const first = await openKeys()
  const serialAt = async (now: Date) => (await openKeys({ now })).seal.certificate.serial
  expect(await serialAt(inDays(600))).toBe(first.seal.certificate.serial)
  const renewed = await openKeys({ now: inDays(700) })
  expect(renewed.seal.certificate.serial).not.toBe(first.seal.certificate.serial)
  expect(renewed.seal.certificate.keyFingerprint).not.toBe(first.seal.certificate.keyFingerprint)
  const last = await openKeys({ now: inDays(3640) })
  expect(last.seal.certificate.notAfter).toEqual(last.root.notAfter)
  expect(await serialAt(inDays(3645))).toBe(last.seal.certificate.serial)
})

test('administrators are warned once, 60 days before the root ends (OpenSign #1955)', async () => {
  const { root } = await openKeys()
  const warn = () => node.domain.run(system, warnOfExpiry, {})
  const endIn = (days: number) =>
    sql`update signing_certificate set not_after = ${inDays(days)} where kind = 'root'`.execute(node.database.sql)
  expect(await warn()).toBe(0)
  await endIn(61)
  expect(await warn()).toBe(0)
  expect(await node.domain.run(system, listExpiring, {})).toEqual([])
  await endIn(59)
  expect(await node.domain.run(system, listExpiring, {})).toMatchObject([{ kind: 'root', serial: root.serial }])
  expect(await warn()).toBe(1)
  expect(await warn()).toBe(0)
  const notice = await waitForNotification(admin, hasType('signing.certificate-expiring'), 'the warning')
  expect(notice.message).toContain(root.serial.slice(0, 16))
  expect(notice.message).toContain('SIGNING_CA_KEY')
})

test('keys are accepted as PEM, as one line, and as base64; other keys are refused', () => {
  const key = newKey()
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const der = key.export({ type: 'pkcs8', format: 'der' })
  for (const text of [pem, pem.replaceAll('\n', '\\n'), Buffer.from(pem).toString('base64'), der.toString('base64')])
    expect(isSigningKey(text)).toBe(true)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const ed = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  for (const text of ['', 'x', other, ed, pem.slice(0, 100), der.subarray(0, 90).toString('base64')]) expect(isSigningKey(text)).toBe(false)
})

test('the authority takes no input', async () => {
  expect((await sendRequest(node.url, 'GET', '/api/legal/authority?x=1')).status).toBe(400)
})
