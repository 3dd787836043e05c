/** Idempotency keys: a request sent twice runs once and gets the same response twice. */
import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { formatAuthor } from './actor.ts'
import { defineEntity, p } from './entity.ts'
import { DomainError, type ProblemCode } from './errors.ts'
import { requireSystem } from './permission.ts'
import { command, type CommandContext, type Ports, type PreparationContext, type QueryContext } from './operation.ts'

const IdempotencySchema = defineEntity({
  name: 'IdempotencyRow',
  tableName: 'idempotency',
  properties: {
    /** `formatAuthor` of the actor. */
    actor: p.string().length(128).primary(),
    key: p.string().primary(),
    fingerprint: p.string(),
    answer: p.json<unknown>().nullable(),
    at: p.datetime().length(3).index(),
  },
})
/** What a key was used for, and the response: null while it is only claimed. Stored for a day. */
export class IdempotencyRow extends IdempotencySchema.class {}
IdempotencySchema.setClass(IdempotencyRow)

/** A request that runs once. */
export interface IdempotentRequest<O> {
  /** The client's key, 1 to 255 characters. Each actor has their own keys. */
  key: string
  /** Identifies the request among those with the same key. Stored as an HMAC of this installation, since it may contain a password. */
  request: string
  /** The response for an outcome, as JSON. */
  respond: (outcome: O) => unknown
  /** The part of the response that is stored and returned again; absent: all of it. */
  redact?: (answer: unknown) => unknown
  /** Called before a stored response is returned again. @throws DomainError where the actor can no longer read it */
  authorizeRepeat?: (answer: unknown) => Promise<void>
}

/** A response, and whether it was stored by an earlier request. */
export interface IdempotentResult {
  response: unknown
  repeated: boolean
}

const keepAll = (answer: unknown) => answer

const computeFingerprint = ({ tokenSecret }: Ports, request: string) => createHmac('sha256', tokenSecret).update(request).digest('hex')

/** @throws DomainError idempotency-key-reused */
async function readKey(
  view: QueryContext,
  author: string,
  key: string,
  fingerprint: string,
): Promise<{ claimed: boolean; answer: unknown }> {
  const found = await view.db
    .selectFrom('idempotency')
    .select((is) => ['fingerprint', is('answer', 'is', null).as('claimed'), 'answer'])
    .where('actor', '=', author)
    .where('key', '=', key)
    .executeTakeFirst()
  // a claim that was released just now counts as in progress
  const row = found ?? { fingerprint, claimed: true, answer: null }
  if (row.fingerprint !== fingerprint)
    throw new DomainError('idempotency-key-reused', 'This Idempotency-Key was used for another request. Use a new key.')
  return { ...row, claimed: Boolean(row.claimed) }
}

/**
 * Runs the work unless the actor's key was used before; then returns the stored response. Key, work and response are one transaction.
 * @throws DomainError idempotency-key-reused
 */
export async function runOnce<O>(
  work: CommandContext,
  { key, request, respond, redact = keepAll }: IdempotentRequest<O>,
  execute: () => Promise<O>,
): Promise<IdempotentResult> {
  const author = formatAuthor(work.actor)
  if (author === null) return { response: respond(await execute()), repeated: false }
  const { db } = work
  const fingerprint = computeFingerprint(work.ports, request)
  // waits for the same request in progress, then reads its response
  const inserted = await db
    .insertInto('idempotency')
    .values({ actor: author, key, fingerprint, at: work.now })
    .onConflict((there) => there.doNothing())
    .returning('key')
    .executeTakeFirst()
  if (!inserted) return { response: (await readKey(work, author, key, fingerprint)).answer, repeated: true }
  const response = respond(await execute())
  await work.em.flush()
  const keeping = { answer: JSON.stringify(redact(response) ?? null) }
  await db.updateTable('idempotency').set(keeping).where('actor', '=', author).where('key', '=', key).execute()
  return { response, repeated: false }
}

/** What a command has done so far that a rollback does not undo. */
export interface SideEffects {
  occurred: boolean
}

/** Ports that record edits of live documents as side effects. Edits of SmartStart itself are not recorded: they can be repeated. */
export const trackEffects = (ports: Ports, effects: SideEffects): Ports => ({
  ...ports,
  async editDocument(documentName, actor, change) {
    const written = await ports.editDocument(documentName, actor, change)
    if (actor !== null) effects.occurred = true
    return written
  },
})

/** Milliseconds that a request may take. An older claim belongs to a node that died. */
const claimTimeoutMs = 5 * 60_000
/** Error codes that do not say how far the work came. */
const indeterminateCodes: readonly ProblemCode[] = ['internal', 'unavailable']

/**
 * Like `runOnce`, for work of more than one transaction: the key is claimed before, and the response stored after it. An error before any
 * side effect releases the key. A later error, or the death of the node, leaves the claim, which expires.
 * @throws DomainError idempotency-key-reused; conflict while the same request is in progress, or its end is unknown
 */
export async function runClaimed<O>(
  view: PreparationContext,
  { key, request, respond, redact = keepAll }: IdempotentRequest<O>,
  execute: (effects: SideEffects) => Promise<O>,
): Promise<IdempotentResult> {
  const effects: SideEffects = { occurred: false }
  const author = formatAuthor(view.actor)
  if (author === null) return { response: respond(await execute(effects)), repeated: false }
  const { db } = view.autocommit
  const fingerprint = computeFingerprint(view.ports, request)
  const expired = new Date(view.now.getTime() - claimTimeoutMs)
  const inserted = await db
    .insertInto('idempotency')
    .values({ actor: author, key, fingerprint, at: view.now })
    .onConflict((claim) =>
      claim
        .columns(['actor', 'key'])
        .doUpdateSet({ at: view.now })
        .where('idempotency.answer', 'is', null)
        .where('idempotency.at', '<', expired.toISOString())
        .where('idempotency.fingerprint', '=', fingerprint),
    )
    .returning('key')
    .executeTakeFirst()
  if (!inserted) {
    const found = await readKey(view, author, key, fingerprint)
    if (!found.claimed) return { response: found.answer, repeated: true }
    throw new DomainError('conflict', 'A request with this Idempotency-Key is still in progress or was interrupted. Try again later.', {
      retryAfter: 2,
    })
  }
  // if the claim expired and another request took it, it is theirs
  const mine = sql<boolean>`actor = ${author} and key = ${key} and answer is null and at = ${view.now}`
  try {
    const response = respond(await execute(effects))
    const keeping = { answer: JSON.stringify(redact(response) ?? null) }
    await db.updateTable('idempotency').set(keeping).where(mine).execute()
    return { response, repeated: false }
  } catch (error) {
    if (!effects.occurred && error instanceof DomainError && !indeterminateCodes.includes(error.code))
      await db.deleteFrom('idempotency').where(mine).execute()
    throw error
  }
}

const retentionMs = 24 * 3600_000

/** Deletes keys after a day. */
export const forgetOldKeys = command('kernel.forgetOldKeys', {
  input: {},
  authorize: requireSystem,
  async execute(work) {
    await work.em.nativeDelete(IdempotencyRow, { at: { $lt: new Date(work.now.getTime() - retentionMs) } })
  },
})
