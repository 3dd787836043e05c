/** Appends acts to the audit chain, in the transaction of the act. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { CamelRow } from '../kernel/db/table-row.ts'
import type { CommandContext } from '../kernel/operation.ts'
import { type AuditRecord, commitToPersonalData, firstPrevious, hashAuditRecord } from './row-hash.ts'

/** An act, as it is recorded. */
export interface AuditEntry {
  /** `<noun>.<past participle>`, as `envelope.sent`. */
  action: string
  /** What it is about, as `legal:<id>`. */
  subject: string
  /** JSON without personal data. */
  data: Readonly<Record<string, unknown>>
  /** Names, addresses and other personal data. They can be erased later; the chain holds a commitment to them. */
  personal?: Readonly<Record<string, string>> | undefined
  /** Whose personal data it is; absent: the actor's. */
  personId?: string | undefined
}

/** The place of an act in the chain. */
export interface AuditPlace {
  position: number
  hash: string
}

const maxDataCharacters = 65_536
const actionPattern = /^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$/

/**
 * Appends an act to the chain, in the name of the actor. Until the transaction ends, acts of other transactions wait, so call it after
 * everything that may wait itself.
 * @throws Error where the entry is not one: its action, or the length of its data
 */
export async function appendAudit(work: CommandContext, entry: AuditEntry): Promise<AuditPlace> {
  const { action, subject, personal, personId = work.actor.id } = entry
  const data = toJson(entry)
  const salt = personal && randomBytes(32).toString('hex')
  const { position: last, hash: previous } = await lockHead(work)
  const record: AuditRecord = {
    position: last + 1,
    at: work.now.toISOString(),
    action,
    subject,
    actor: { kind: work.actor.kind, id: work.actor.id },
    onBehalfOf: work.actor.onBehalfOf ?? null,
    data: JSON.parse(data),
    commitment: personal && salt ? commitToPersonalData(salt, personal) : null,
    previous,
  }
  const hash = hashAuditRecord(record)
  const { position, at, actor, onBehalfOf, commitment } = record
  // the side row refers to the row, which the same statement inserts: the reference is checked at its end
  await sql`
    with moved as (update audit_head set position = ${position}::bigint, hash = ${hash}), beside as (
      insert into audit_personal_data (position, person, salt, details)
      select ${position}::bigint, ${personId}::uuid, ${salt ?? null}::varchar, ${personal ? JSON.stringify(personal) : null}::jsonb
      where ${personal !== undefined}::boolean)
    insert into audit_row (position, at, action, subject, actor_kind, actor, on_behalf_of, data, commitment, previous, hash)
    values (${position}::bigint, ${at}::timestamptz, ${action}, ${subject}, ${actor.kind}, ${actor.id}::uuid, ${onBehalfOf}::uuid,
      ${data}::jsonb, ${commitment}::varchar, ${previous}, ${hash})`.execute(work.db)
  return { position, hash }
}

function toJson({ action, subject, data }: AuditEntry): string {
  if (!actionPattern.test(action) || action.length > 80) throw new Error(`${action} is not an action: <noun>.<past participle>.`)
  if (subject.length > 200) throw new Error(`The subject of ${action} has more than 200 characters.`)
  const text = JSON.stringify(data)
  if (text.length > maxDataCharacters) throw new Error(`The data of ${action} has more than ${maxDataCharacters} characters.`)
  return text
}

/** Locks the end of the chain until the transaction ends. */
async function lockHead(work: CommandContext): Promise<AuditPlace> {
  const read = () => sql<CamelRow<'audit_head', 'position' | 'hash'>>`select position, hash from audit_head for update`.execute(work.db)
  let [head] = (await read()).rows
  if (!head) {
    await sql`insert into audit_head (position, hash) values (0, ${firstPrevious}) on conflict do nothing`.execute(work.db)
    head = (await read()).rows[0]
  }
  if (!head) throw new Error('The head of the audit chain is missing.')
  return { position: Number(head.position), hash: head.hash }
}
