/** What people and schedules ask of the certificate authority. */
import { sql } from 'kysely'
import { allowAnyone, requireSystem } from '../../kernel/permission.ts'
import { command, type CommandContext, query, type QueryContext } from '../../kernel/operation.ts'
import type { NotificationBuilder } from '../../kernel/manifest/notification.ts'
import { readAdministratorIds } from '../../users/account.ts'
import { ensureRoot, findPresentRoot, findSeal, type StoredCertificate, toCertificate } from './authority.ts'
import { SigningCertificateExpiring } from './events.ts'

/** Days before the end of a certificate at which administrators are warned for the first time. */
const warningDays = 60
/** Days between warnings about one certificate. */
const repeatWarningDays = 14
const dayMs = 24 * 3600_000

/** A root that signs now, or that signed before the key was changed. */
export interface PublishedRoot extends StoredCertificate {
  /** Whether new agreements are sealed under it. */
  present: boolean
}

/** The root certificates, newest first, so that a stranger can compare what a sealed file names. The present one is created where it is missing. */
export const readAuthority = command('signing.readAuthority', {
  input: {},
  authorize: allowAnyone,
  prepare: (view) => (view.ports.signingKey ? ensureRoot(view).then(({ certificate }) => certificate.id) : Promise.resolve(undefined)),
  async execute(work, _, presentId): Promise<PublishedRoot[]> {
    const rows = await work.db
      .selectFrom('signing_certificate')
      .select(['id', 'pem', 'serial', 'key_fingerprint', 'not_before', 'not_after'])
      .where('kind', '=', 'root')
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .execute()
    return rows.map((row) => ({ ...toCertificate(row), present: row.id === presentId }))
  },
})

interface Expiring {
  kind: 'root' | 'seal'
  certificate: StoredCertificate
}

/** The certificates in use that end soon, or have ended. */
async function readExpiring(view: QueryContext): Promise<Expiring[]> {
  const root = await findPresentRoot(view)
  if (!root) return []
  const seal = await findSeal(view, root.id)
  const inUse: Expiring[] = [{ kind: 'root', certificate: root }]
  // the seal is renewed by itself, up to the end of its root
  if (seal && seal.notAfter >= root.notAfter) inUse.push({ kind: 'seal', certificate: seal })
  return inUse.filter(({ certificate }) => certificate.notAfter.getTime() - view.now.getTime() <= warningDays * dayMs)
}

/** The certificates in use that end soon, for the log of a node that starts. */
export const listExpiring = query('signing.listExpiring', {
  input: {},
  authorize: requireSystem,
  execute: async (view) => (await readExpiring(view)).map(({ kind, certificate: { serial, notAfter } }) => ({ kind, serial, notAfter })),
})

/** Warns administrators of certificates in use that end soon. @returns how many warnings */
export const warnOfExpiry = command('signing.warnOfExpiry', {
  input: {},
  authorize: requireSystem,
  async execute(work): Promise<number> {
    let warnings = 0
    for (const { kind, certificate } of await readExpiring(work)) {
      if (!(await markWarned(work, certificate))) continue
      const data = { serial: certificate.serial, kind, notAfter: certificate.notAfter.toISOString() }
      work.emit(SigningCertificateExpiring, { subject: 'installation', audience: [], data })
      warnings++
    }
    return warnings
  },
})

/** @returns whether a warning is due */
async function markWarned(work: CommandContext, { id }: StoredCertificate): Promise<boolean> {
  const before = new Date(work.now.getTime() - repeatWarningDays * dayMs)
  const { rows } = await sql`update signing_certificate set warned_at = ${work.now}
    where id = ${id} and (warned_at is null or warned_at < ${before}) returning 1`.execute(work.db)
  return rows.length > 0
}

export const buildExpiryNotice: NotificationBuilder<'signing.certificate-expiring'> = async ({ work }, { data }) => {
  const { kind, serial, notAfter } = SigningCertificateExpiring.data.parse(data)
  const day = notAfter.slice(0, 10)
  const title =
    Date.parse(notAfter) > work.now.getTime() ? `The signing certificate expires on ${day}` : `The signing certificate expired on ${day}`
  const message =
    `The ${kind} certificate ${serial.slice(0, 16)} can sign until ${day}. After that, agreements are completed but not sealed. ` +
    'Set a new SIGNING_CA_KEY, or delete the file signing-ca-key in DATA_DIR, and restart: a new root certificate is created. Agreements that are sealed stay valid.'
  const common = {
    type: 'signing.certificate-expiring' as const,
    title,
    message,
    data: { link: '/', serial },
    subject: null,
    actorId: null,
  }
  return (await readAdministratorIds(work)).map((userId) => ({ ...common, userId }))
}
