/** How a row of the audit chain is hashed. Pure functions, so that a verifier without a database can use them. */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** Who did something: `id` is null for SmartStart itself, and for somebody who is not signed in. */
export interface AuditActor {
  kind: string
  id: string | null
}

/** What a row of the chain says; its hash covers all of it. */
export interface AuditRecord {
  /** 1, 2, 3, … without gaps. */
  position: number
  /** ISO 8601, UTC, milliseconds. */
  at: string
  /** `<noun>.<past participle>`, as `envelope.sent`. */
  action: string
  /** What it is about, as `legal:<id>`. */
  subject: string
  actor: AuditActor
  onBehalfOf: string | null
  /** Without personal data. */
  data: unknown
  /** Of the personal data beside the row; null where there is none. */
  commitment: string | null
  /** The hash of the row before it; `firstPrevious` of the first row. */
  previous: string
}

/** The previous hash of the first row. */
export const firstPrevious = '0'.repeat(64)

/** The hash of a row: SHA-256 of its canonical JSON (RFC 8785), in hexadecimal digits. */
export function hashAuditRecord(record: AuditRecord): string {
  const { position, at, action, subject, actor, onBehalfOf, data, commitment, previous } = record
  const { kind, id } = actor
  const covered = { position, at, action, subject, actor: { kind, id }, onBehalfOf, data, commitment, previous }
  return sha256(canonicalize(covered) as string)
}

/**
 * The commitment to personal data: SHA-256 of the salt and the data's canonical JSON. Without the salt, nobody can guess the data from it.
 * @param salt hexadecimal digits
 */
export const commitToPersonalData = (salt: string, details: Readonly<Record<string, string>>): string =>
  createHash('sha256')
    .update(Buffer.from(salt, 'hex'))
    .update(canonicalize(details) as string)
    .digest('hex')

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
