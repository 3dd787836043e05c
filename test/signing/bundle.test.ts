/** Evidence bundles: a whole one is valid, and whatever is changed in it is found and named. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { buildBundle } from '../../domain/signing/bundle/build-bundle.ts'
import { readZip, scanZip, writeZip, ZipError } from '../../domain/signing/bundle/canonical-zip.ts'
import { bundleFiles } from '../../domain/signing/bundle/bundle-format.ts'
import type { BundleAuditRow } from '../../domain/signing/bundle/bundle-format.ts'
import type { BundleInput } from '../../domain/signing/bundle/bundle-input.ts'
import type { SealKeys } from '../../domain/signing/seal/seal-keys.ts'
import { verifyBundle } from '../../domain/signing/verify/bundle.ts'
import { kindOf } from '../../domain/signing/verify/verdict.ts'
import { createAgreement, createSealKeys, createSigner, drawPng } from '../support/agreements.ts'
import { createEvidence } from '../support/evidence.ts'
import { mutate } from '../support/mutations.ts'
import { chooseSize, createRandom, readSeed } from '../support/random.ts'

let keys: SealKeys
let evidence: BundleInput
let bundle: Uint8Array
beforeAll(async () => {
  keys = await createSealKeys()
  const parties = [
    createSigner(1, { name: 'Ann Example' }),
    createSigner(2, { name: 'Łukasz', mark: { kind: 'drawn', png: drawPng() } }),
    createSigner(3, { role: 'approver', outcome: 'approved', mark: undefined }),
    createSigner(4, { role: 'copy', outcome: 'informed', mark: undefined, actedAt: undefined }),
  ]
  evidence = await createEvidence(createAgreement(parties), keys)
  bundle = await buildBundle(evidence, keys)
})

/** The bundle with some of its input changed, and sealed again by the same keys: what a dishonest installation could make. */
const rebuild = (change: (input: BundleInput) => Partial<BundleInput>, by = keys): Promise<Uint8Array> =>
  buildBundle({ ...evidence, ...change(evidence) }, by)
const withRows = (change: (rows: BundleAuditRow[]) => BundleAuditRow[]): Promise<Uint8Array> =>
  rebuild(({ audit }) => ({ audit: { ...audit, rows: change(structuredClone([...audit.rows])) } }))
/** The bundle with files changed, but with the manifest as it was. */
function withFiles(change: (files: Map<string, Uint8Array>) => void): Uint8Array {
  const files = readZip(bundle)
  change(files)
  return writeZip(files)
}
const toBytes = (text: string) => new TextEncoder().encode(text)

test('a whole bundle is valid, and says what was checked', async () => {
  const verdict = await verifyBundle(bundle)
  expect(verdict).toMatchObject({ overall: 'valid', brokenRow: null, erased: [] })
  expect(verdict.checks.map(({ check, isPassed }) => [check, isPassed])).toEqual(
    ['container', 'manifest', 'files', 'pdf', 'text', 'audit', 'parties'].map((check) => [check, true]),
  )
  expect(verdict.signatures.map(({ signer }) => signer.name)).toEqual(['Ann Example', 'Łukasz', 'SmartStart seal'])
  expect(verdict.roots).toEqual([expect.objectContaining({ keyFingerprint: keys.root.keyFingerprint })])
  expect([...readZip(bundle).keys()]).toEqual([
    'README.txt',
    'agreement.pdf',
    'audit/rows.json',
    'audit/tree-head.json',
    'certificates/root.pem',
    'certificates/seal.pem',
    'certificates/signer-1.pem',
    'certificates/signer-2.pem',
    'content.json',
    'envelope.json',
    'history/approvals.json',
    'history/authorship.json',
    'history/suggestions.json',
    'history/versions.json',
    'manifest.json',
    'manifest.sig',
    'marks/party-2.png',
    'verify.mjs',
  ])
})

test('the content file is the text whose hash was signed', () => {
  const content = readZip(bundle).get(bundleFiles.content) as Uint8Array
  expect(createHash('sha256').update(content).digest('hex')).toBe(evidence.agreement.document.hash)
})

test('personal data that was erased is reported, and the bundle stays valid', async () => {
  const input = await createEvidence(createAgreement([createSigner(1)]), keys, { erased: [11] })
  const verdict = await verifyBundle(await buildBundle(input, keys))
  expect(verdict).toMatchObject({ overall: 'valid', erased: [{ position: 11, erasedAt: '2026-11-30T08:00:00.000Z' }] })
  expect(verdict.checks.find(({ check }) => check === 'audit')?.message).toContain('personal data of row 11 was erased on 2026-11-30')
})

test('a bundle that is made after the signing key was changed names both roots', async () => {
  const verdict = await verifyBundle(await rebuild(() => ({}), await createSealKeys()))
  expect(verdict.roots).toHaveLength(2)
  // the tree head is still the one that the first root signed
  expect(verdict.overall).toBe('valid')
})

describe('a file of the bundle', () => {
  test.each(['README.txt', 'content.json', 'history/authorship.json', 'verify.mjs', 'certificates/signer-1.pem', 'audit/rows.json'])(
    'that is changed is named: %s',
    async (name) => {
      const verdict = await verifyBundle(
        withFiles((files) => files.set(name, Buffer.concat([files.get(name) as Uint8Array, toBytes(' ')]))),
      )
      expect(verdict).toMatchObject({ overall: 'invalid: bundle changed', reason: `${name} was changed.` })
    },
  )
  test('whose certificates cannot be read any more is not valid, and no error', async () => {
    const pem = Buffer.from(readZip(bundle).get(bundleFiles.root) as Uint8Array).toString()
    for (let at = 30; at < pem.length - 30; at += 3) {
      const changed = `${pem.slice(0, at)}${pem[at] === 'A' ? 'B' : 'A'}${pem.slice(at + 1)}`
      const { overall } = await verifyBundle(withFiles((files) => files.set(bundleFiles.root, toBytes(changed))))
      expect(overall, `root.pem at ${at}`).not.toMatch(/^valid/)
    }
  })
  test('that is removed is named', async () => {
    expect(await verifyBundle(withFiles((files) => files.delete('verify.mjs')))).toMatchObject({ reason: 'verify.mjs is missing.' })
  })
  test('that is added is named', async () => {
    const verdict = await verifyBundle(withFiles((files) => files.set('more.txt', toBytes('more'))))
    expect(verdict).toMatchObject({ overall: 'invalid: bundle changed', reason: 'more.txt was added.' })
  })
})

describe('a bundle that was sealed anew', () => {
  test('by somebody else under the name of the root is not valid', async () => {
    const others = await createSealKeys()
    const verdict = await verifyBundle(await rebuild(() => ({}), { ...others, root: keys.root }))
    expect(verdict).toMatchObject({ overall: 'invalid: bundle changed', reason: expect.stringContaining('not issued by the root') })
  })
  test('with another text is not valid', async () => {
    const verdict = await verifyBundle(
      await rebuild(({ agreement }) => ({
        agreement: { ...agreement, document: { ...agreement.document, text: agreement.document.text.replace('confidential', 'public') } },
      })),
    )
    expect(verdict).toMatchObject({ overall: 'invalid: text does not have the signed hash' })
  })
  test('with another PDF of the same installation is not valid', async () => {
    const other = await createEvidence(createAgreement([createSigner(1), createSigner(2)]), keys)
    const verdict = await verifyBundle(await rebuild(() => ({ pdf: other.pdf })))
    expect(verdict).toMatchObject({ overall: 'invalid: parties do not match the evidence' })
  })
  test('with a PDF of another installation is not valid', async () => {
    const other = await createEvidence(createAgreement([createSigner(1)]), await createSealKeys())
    expect(await verifyBundle(await rebuild(() => ({ pdf: other.pdf })))).toMatchObject({ overall: 'invalid: sealed file' })
  })
  test('with a PDF that goes on after its seal is not valid', async () => {
    expect(
      kindOf((await verifyBundle(await rebuild(({ pdf }) => ({ pdf: Buffer.concat([pdf, Buffer.from('% more\n')]) })))).overall),
    ).not.toBe('valid')
  })
})

/** Changes of the rows at one place, and which row is then named. */
const rowChanges: [string, (rows: BundleAuditRow[], at: number) => BundleAuditRow[], (at: number) => number][] = [
  [
    'its content changed',
    (rows, at) => rows.with(at, { ...rows[at], record: { ...rows[at]?.record, action: 'party.viewed' } } as BundleAuditRow),
    (at) => at,
  ],
  [
    'its content and its hash changed',
    (rows, at) => {
      const row = rows[at] as BundleAuditRow
      return rows.with(at, { ...row, hash: createHash('sha256').update('other').digest('hex') })
    },
    (at) => at,
  ],
  [
    'its personal data changed',
    (rows, at) => rows.with(at, { ...rows[at], personal: { salt: '00', details: { name: 'Eve' }, erasedAt: null } } as BundleAuditRow),
    (at) => at,
  ],
  ['its proof changed', (rows, at) => rows.with(at, { ...rows[at], path: rows[at]?.path.toReversed() } as BundleAuditRow), (at) => at],
  ['moved behind the next', (rows, at) => rows.toSpliced(at, 2, rows[at + 1] as BundleAuditRow, rows[at] as BundleAuditRow), (at) => at],
  ['given twice', (rows, at) => rows.toSpliced(at, 0, structuredClone(rows[at]) as BundleAuditRow), (at) => at],
]

describe('an audit row', () => {
  const place = { envelopeSent: 0, firstAct: 1, secondAct: 2 }
  test.each(rowChanges)('with %s is named, although the manifest was signed anew', async (_, change, named) => {
    for (const at of Object.values(place)) {
      const verdict = await verifyBundle(await withRows((rows) => change(rows, at)))
      expect(verdict.overall).toBe('invalid: audit chain broken')
      const positions = evidence.audit.rows.map(({ record }) => record.position)
      expect([positions[named(at)], positions[named(at) + 1]]).toContain(verdict.brokenRow)
    }
  })
  test('of an act that was removed is named by the completion', async () => {
    for (const at of [place.firstAct, place.secondAct]) {
      const verdict = await verifyBundle(await withRows((rows) => rows.toSpliced(at, 1)))
      expect(verdict).toMatchObject({ overall: 'invalid: audit chain broken', brokenRow: evidence.audit.rows[at]?.record.position })
    }
  })
  test('with a tree head that somebody else signed is not valid', async () => {
    const other = await createEvidence(evidence.agreement, await createSealKeys())
    const verdict = await verifyBundle(await rebuild(() => ({ audit: other.audit })))
    expect(verdict).toMatchObject({ overall: 'invalid: audit chain broken', reason: expect.stringContaining('another root') })
  })
  test('that is no row at all is a fault, not an error', async () => {
    for (const nonsense of [null, 1, 'x', {}, [], { record: null }, { record: { position: 11 } }, { record: { position: 1e300 } }])
      expect((await verifyBundle(await withRows((rows) => [nonsense as unknown as BundleAuditRow, ...rows]))).overall).toMatch(/^invalid: /)
  })
})

describe('ZIP files', () => {
  test('are read as they were written', () => {
    const files = new Map([
      ['b/ä.txt', toBytes('b')],
      ['a', new Uint8Array()],
      ['c', new Uint8Array(70_000)],
    ])
    const zip = writeZip(files)
    expect([...readZip(zip)].map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')])).toEqual(
      [...files].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]),
    )
    expect(readZip(writeZip(new Map())).size).toBe(0)
  })
  test('with any other byte are refused', () => {
    const zip = writeZip(
      new Map([
        ['a', toBytes('one')],
        ['b', toBytes('two')],
      ]),
    )
    for (let at = 0; at < zip.length; at++) {
      const changed = Uint8Array.from(zip, (byte, place) => (place === at ? byte ^ 0x10 : byte))
      const isContent = [30 + 1, 30 + 1 + 3 + 30 + 1].some((start) => at >= start && at < start + 3)
      // the content has a checksum, which a canonical writer writes anew
      expect(() => readZip(changed), `byte ${at}${isContent ? ' of a file' : ''}`).toThrow(ZipError)
    }
  })
  test('that lie about their sizes end quickly', () => {
    for (const value of [0xffffffff, 0x7fffffff, 0]) {
      const zip = Buffer.from(writeZip(new Map([['a', toBytes('one')]])))
      zip.writeUInt32LE(value, 18)
      expect(() => readZip(zip)).toThrow(ZipError)
      expect(scanZip(zip).files.size).toBeLessThan(2)
    }
  })
})

test('no random change of a bundle is called valid, and the verifier never fails', async () => {
  const random = createRandom(readSeed('bundle mutations'))
  const counts: Record<string, number> = {}
  for (let round = 0; round < chooseSize(150, 3000); round++) {
    const { kind, at, bytes } = mutate(bundle, random)
    const { overall, reason } = await verifyBundle(bytes)
    expect(kindOf(overall), `${kind} at ${at}: ${reason}`).not.toMatch(/^valid/)
    expect(reason).not.toBe('')
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  console.log(`bundle mutations: ${JSON.stringify(counts)}, none called valid`)
}, 900_000)
