/** The installation's certificate authority: its root, the certificate of its seal, and one certificate for each signature. */
import type { KeyObject } from 'node:crypto'
import { sql } from 'kysely'
import { newId } from '../../kernel/entity.ts'
import { DomainError } from '../../kernel/errors.ts'
import type { CommandContext, PreparationContext, QueryContext } from '../../kernel/operation.ts'
import type { SealKeys } from '../seal/seal-keys.ts'
import type { IssuedCertificate, RootIdentity, SigningIdentity } from './certificates.ts'

/** Lifetime of the certificate of the seal. */
const sealYears = 2
/** A certificate of the seal that ends sooner is not used for a new seal: it is renewed. */
const renewSealWithinMs = 60 * 24 * 3600_000

/** A certificate with its id. */
export interface StoredCertificate extends IssuedCertificate {
  id: string
}

/** What is read of a table row. */
interface CertificateRow {
  id: string
  pem: string
  serial: string
  key_fingerprint: string
  not_before: string
  not_after: string
}

/**
 * The keys for one seal: the root, the seal, and new keys for signers. Creates the root and the seal's certificate where they are missing.
 * @throws DomainError unavailable where the key is lost or its root has expired: then nothing is sealed, and all else goes on
 */
export async function openSealKeys(view: PreparationContext): Promise<SealKeys> {
  const root = await ensureRoot(view)
  assertValid(root.certificate, view.now)
  const seal = await ensureSeal(view, root)
  const { createKeyPair, issueCertificate } = await import('./certificates.ts')
  return {
    now: view.now,
    root: root.certificate,
    seal,
    async issue(name): Promise<SigningIdentity> {
      const { privateKey, publicKey } = await createKeyPair()
      // the private key is in memory only, and only for this one signature
      return { key: privateKey, certificate: await issueCertificate(root, { name, publicKey, now: view.now }) }
    },
  }
}

/** The root of the present signing key, which is created where it is missing. @throws DomainError unavailable where the key is lost */
export async function ensureRoot(view: PreparationContext): Promise<RootIdentity & { certificate: StoredCertificate }> {
  const key = requireKey(view)
  const { createRootCertificate, fingerprintKey } = await import('./certificates.ts')
  const fingerprint = await fingerprintKey(key)
  const known = await findRoot(view, fingerprint)
  if (known) return { key, certificate: known }
  const created = await createRootCertificate(key, view.now)
  // of two nodes that create it at once, one wins
  await insertCertificate(view.autocommit.db, { kind: 'root', rootId: null, certificate: { ...created, id: newId() }, now: view.now })
  return { key, certificate: (await findRoot(view, fingerprint)) as StoredCertificate }
}

/** Keeps the certificates of signers, in the transaction that stores the sealed file. @param root the one that issued them */
export async function storeSignerCertificates(
  work: CommandContext,
  root: IssuedCertificate,
  certificates: readonly IssuedCertificate[],
): Promise<void> {
  const { id } = await work.db.selectFrom('signing_certificate').select('id').where('serial', '=', root.serial).executeTakeFirstOrThrow()
  for (const certificate of certificates)
    await insertCertificate(work.db, { kind: 'signer', rootId: id, certificate: { ...certificate, id: newId() }, now: work.now })
}

/** A certificate that this installation issued. @throws Error where there is none */
export async function findCertificate(
  view: QueryContext,
  key: { serial: string } | { id: string },
): Promise<StoredCertificate & { rootId: string | null }> {
  const row = await view.db
    .selectFrom('signing_certificate')
    .selectAll()
    .where((where) => ('id' in key ? where('id', '=', key.id) : where('serial', '=', key.serial)))
    .executeTakeFirstOrThrow()
  return { ...toCertificate(row), rootId: row.root_id }
}

/** The root of the present key, as far as it was created; undefined also where the key is lost. */
export async function findPresentRoot(view: QueryContext): Promise<StoredCertificate | undefined> {
  if (!view.ports.signingKey) return undefined
  const { fingerprintKey } = await import('./certificates.ts')
  return findRoot(view, await fingerprintKey(view.ports.signingKey))
}

/** The newest certificate of the seal below a root. */
export async function findSeal(view: QueryContext, rootId: string): Promise<StoredCertificate | undefined> {
  const row = await view.db
    .selectFrom('signing_certificate')
    .select(['id', 'pem', 'serial', 'key_fingerprint', 'not_before', 'not_after'])
    .where('root_id', '=', rootId)
    .where('kind', '=', 'seal')
    .orderBy('not_after', 'desc')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && toCertificate(row)
}

function requireKey({ ports }: QueryContext): KeyObject {
  if (ports.signingKey) return ports.signingKey
  throw new DomainError('unavailable', 'Agreements cannot be sealed: the signing key is missing. An administrator must set SIGNING_CA_KEY.')
}

function assertValid({ notBefore, notAfter }: IssuedCertificate, now: Date): void {
  if (now < notBefore) throw new DomainError('unavailable', 'Agreements cannot be sealed: the clock of this server is wrong. Correct it.')
  if (now >= notAfter) {
    const since = notAfter.toISOString().slice(0, 10)
    const message = `Agreements cannot be sealed: the root certificate expired on ${since}. An administrator must set a new SIGNING_CA_KEY.`
    throw new DomainError('unavailable', message)
  }
}

/** The seal with its key, which is derived from the root's key and the id of the certificate. */
async function ensureSeal(view: PreparationContext, root: RootIdentity & { certificate: StoredCertificate }): Promise<SigningIdentity> {
  const { deriveKeyPair, issueCertificate } = await import('./certificates.ts')
  const purpose = (id: string) => `seal ${id}`
  const known = await findSeal(view, root.certificate.id)
  const isLastOfRoot = known?.notAfter.getTime() === root.certificate.notAfter.getTime()
  const lasts = known && known.notAfter.getTime() - view.now.getTime() > (isLastOfRoot ? 0 : renewSealWithinMs)
  if (lasts && view.now >= known.notBefore)
    return { key: (await deriveKeyPair(root.key, purpose(known.id))).privateKey, certificate: known }
  const id = newId()
  const { privateKey, publicKey } = await deriveKeyPair(root.key, purpose(id))
  const until = new Date(view.now)
  until.setUTCFullYear(until.getUTCFullYear() + sealYears)
  const name = `SmartStart seal ${root.certificate.keyFingerprint.slice(0, 8)}`
  const certificate = await issueCertificate(root, { name, publicKey, now: view.now, until })
  await insertCertificate(view.autocommit.db, {
    kind: 'seal',
    rootId: root.certificate.id,
    certificate: { ...certificate, id },
    now: view.now,
  })
  return { key: privateKey, certificate }
}

async function findRoot(view: QueryContext, fingerprint: string): Promise<StoredCertificate | undefined> {
  const row = await view.db
    .selectFrom('signing_certificate')
    .select(['id', 'pem', 'serial', 'key_fingerprint', 'not_before', 'not_after'])
    .where('kind', '=', 'root')
    .where('key_fingerprint', '=', fingerprint)
    .executeTakeFirst()
  return row && toCertificate(row)
}

/** Parses a row. */
export const toCertificate = (row: CertificateRow): StoredCertificate => ({
  id: row.id,
  pem: row.pem,
  serial: row.serial,
  keyFingerprint: row.key_fingerprint,
  notBefore: new Date(row.not_before),
  notAfter: new Date(row.not_after),
})

interface NewCertificate {
  kind: 'root' | 'seal' | 'signer'
  rootId: string | null
  certificate: StoredCertificate
  now: Date
}

async function insertCertificate(db: CommandContext['db'], { kind, rootId, certificate, now }: NewCertificate): Promise<void> {
  const { id, pem, serial, keyFingerprint, notBefore, notAfter } = certificate
  await sql`insert into signing_certificate (id, kind, root_id, pem, serial, key_fingerprint, not_before, not_after, created_at)
    values (${id}, ${kind}, ${rootId}, ${pem}, ${serial}, ${keyFingerprint}, ${notBefore}, ${notAfter}, ${now})
    on conflict do nothing`.execute(db)
}
