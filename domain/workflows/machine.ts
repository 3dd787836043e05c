/** Stored state machines: starting them, reading their state, and sending them events inside a command of another slice. */
import type { Selectable } from 'kysely'
import { newId } from '../kernel/entity.ts'
import type { Tables } from '../kernel/db/schema.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { runHook } from '../kernel/manifest/registry.ts'
import type { CommandContext, QueryContext } from '../kernel/operation.ts'
import type { MachineDefinition, Memory, StoredSnapshot, TakenTransition } from './definition.ts'
import { MachineTransitioned, MachineTransitioning } from './events.ts'
import { computeStart, computeStep, listCandidates, listNeededFacts, listObstacles, type Step, type Timer } from './interpreter.ts'

/** The state of a machine. `version` counts its transitions; 1 is its start. */
export interface MachineState {
  readonly state: string
  readonly version: number
}

/** A machine as it is stored, converted to the present version of its definition. */
export interface StoredMachine extends MachineState, StoredSnapshot {
  id: string
  startedAt: Date
  changedAt: Date
  done: boolean
}

/** The event of the first row in a machine's history. */
export const startEvent = 'START'

interface SendOptions {
  /** Why, at most 2,000 characters. */
  reason?: string | undefined
  /** What the history keeps beside the reason; without personal data. */
  data?: Record<string, unknown> | undefined
}

/**
 * Starts the machine of an id, in the command that creates its subject.
 * @param options.initial the state in which it starts, where that is not the definition's
 * @throws DomainError conflict where it has one
 */
export async function startMachine<F>(
  work: CommandContext,
  machine: MachineDefinition<F>,
  id: string,
  { initial = machine.initial, ...options }: SendOptions & { initial?: string } = {},
): Promise<MachineState> {
  if (!machine.states[initial]) throw new Error(`The machine ${machine.type} has no state ${initial}.`)
  const needed = listNeededFacts(machine, [{ to: initial }])
  const facts = needed.size > 0 ? await machine.readFacts(work, id, needed) : undefined
  const step = computeStart(machine, initial, { facts, now: work.now })
  const inserted = await work.db
    .insertInto('state_machine')
    .values({ type: machine.type, id, subject: machine.subjectOf(id), ...toRow(machine, step, work.now), version: 1, started_at: work.now })
    .onConflict((there) => there.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!inserted) throw new DomainError('conflict', 'This state machine was started before.')
  const started = { id, event: startEvent, from: null, to: step.state, version: 1, ...toReason(options) }
  await recordTransition(work, machine, started, step)
  await announceTransition(work, machine, started)
  return { state: step.state, version: 1 }
}

/** The state of a machine. @throws DomainError not-found where there is none; conflict where its definition cannot read it */
export async function readMachine<F>(view: QueryContext, machine: MachineDefinition<F>, id: string): Promise<MachineState> {
  const { state, version } = await findMachine(view, machine, id)
  return { state, version }
}

/** The stored machine of an id. @throws as `readMachine` */
export async function findMachine(view: QueryContext, machine: MachineDefinition, id: string): Promise<StoredMachine> {
  const row = await view.db.selectFrom('state_machine').selectAll().where('type', '=', machine.type).where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound()
  return toStoredMachine(machine, row)
}

/** Whether an id has a machine. */
export const hasMachine = async (view: QueryContext, machine: Pick<MachineDefinition, 'type'>, id: string): Promise<boolean> =>
  (await view.db.selectFrom('state_machine').select('id').where('type', '=', machine.type).where('id', '=', id).executeTakeFirst()) !==
  undefined

/** Ids of the machines of a type that have not ended, in order. @param after the last id of the page before */
export async function listMachineIds(
  view: QueryContext,
  { type }: Pick<MachineDefinition, 'type'>,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<string[]> {
  let rows = view.db.selectFrom('state_machine').select('id').where('type', '=', type).where('done', '=', false).orderBy('id').limit(limit)
  if (after !== undefined) rows = rows.where('id', '>', after)
  return (await rows.execute()).map(({ id }) => id)
}

/** When a machine took a transition for an event the last time; undefined where it never did. */
export async function readLastTime(
  view: QueryContext,
  { type }: Pick<MachineDefinition, 'type'>,
  id: string,
  event: string,
): Promise<Date | undefined> {
  const row = await view.db
    .selectFrom('state_machine_transition')
    .select('at')
    .where('type', '=', type)
    .where('machine_id', '=', id)
    .where('event', '=', event)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && new Date(row.at)
}

/** Deletes a machine with its history and timers, where there is one. */
export async function deleteMachine(work: CommandContext, machine: Pick<MachineDefinition, 'type'>, id: string): Promise<void> {
  await work.db.deleteFrom('state_machine').where('type', '=', machine.type).where('id', '=', id).execute()
}

/**
 * Sends an event inside a command of a slice, which is trusted: guards are asked, but not who may send it. The machine is locked until the
 * transaction ends, so events of several transactions wait for each other.
 * @throws DomainError conflict where the state or a guard does not allow the event, with the reasons
 */
export async function sendMachineEvent<F>(
  work: CommandContext,
  machine: MachineDefinition<F>,
  id: string,
  event: string,
  options: SendOptions = {},
): Promise<MachineState> {
  await work.db.selectFrom('state_machine').select('id').where('type', '=', machine.type).where('id', '=', id).forUpdate().execute()
  return applyEvent(work, machine, await findMachine(work, machine, id), event, options)
}

/**
 * Moves a machine that was read before, by its version: of two transactions that read the same one, the second fails.
 * @throws as `sendMachineEvent`, and conflict where it was moved since it was read
 */
export async function applyEvent(
  work: CommandContext,
  machine: MachineDefinition,
  stored: StoredMachine,
  event: string,
  options: SendOptions,
): Promise<MachineState> {
  const { id, state: from } = stored
  if (!machine.events[event]) throw new Error(`The machine ${machine.type} has no event ${event}.`)
  const candidates = listCandidates(machine, stored, event)
  const needed = listNeededFacts(machine, candidates)
  const facts = needed.size > 0 ? await machine.readFacts(work, id, needed) : undefined
  const step = computeStep(machine, stored, event, { facts, now: work.now })
  if (!step)
    throw blockedError(
      event,
      from,
      candidates.flatMap((one) => listObstacles(machine, one, facts)),
    )
  const version = stored.version + 1
  const moved = await work.db
    .updateTable('state_machine')
    .set({ ...toRow(machine, step, work.now), version })
    .where('type', '=', machine.type)
    .where('id', '=', id)
    .where('version', '=', stored.version)
    .returning('id')
    .executeTakeFirst()
  if (!moved) throw new DomainError('conflict', 'The state was changed by someone else in the meantime. Read it again.')
  const taken: TakenTransition = { id, event, from, to: step.state, version, ...toReason(options) }
  await recordTransition(work, machine, taken, step)
  await machine.onTransition?.(work, taken)
  // last, so that a slice that takes part may send further events
  await announceTransition(work, machine, taken)
  return readMachine(work, machine, id)
}

/** The error of an event that is not allowed now. @param obstacles sentences; none where the state does not know the event */
export const blockedError = (event: string, state: string, obstacles: readonly string[]) =>
  new DomainError(
    'conflict',
    [`${event} is not allowed in the state ${state}`, ...(obstacles.length > 0 ? [`: ${[...new Set(obstacles)].join(' ')}`] : ['.'])].join(
      '',
    ),
  )

const toReason = ({ reason, data }: SendOptions) => ({ reason: reason ?? null, data: data ?? null })

const toRow = (machine: MachineDefinition, { state, memory, done }: Step, now: Date) => ({
  definition_version: machine.version,
  state,
  snapshot: JSON.stringify({ value: state, context: memory, status: done ? 'done' : 'active' }),
  changed_at: now,
  done,
})

/** A transition, or the start of a machine, which comes from no state. */
type Recorded = Omit<TakenTransition, 'from'> & { from: string | null }

/** Writes a transition's row and its timers. */
async function recordTransition(
  work: CommandContext,
  machine: MachineDefinition,
  { id, event, from, to, version, reason, data }: Recorded,
  { set }: Step,
): Promise<void> {
  const { type } = machine
  const { actor } = work
  await work.db
    .insertInto('state_machine_transition')
    .values({
      id: newId(),
      type,
      machine_id: id,
      version,
      definition_version: machine.version,
      event,
      from_state: from,
      to_state: to,
      reason,
      data: data && JSON.stringify(data),
      actor: actor.id,
      actor_kind: actor.kind,
      on_behalf_of: actor.onBehalfOf ?? null,
      at: work.now,
    })
    .execute()
  // leaving a state cancels its timers, also those of an older version of the definition
  if (from !== to) await work.db.deleteFrom('state_machine_timer').where('type', '=', type).where('machine_id', '=', id).execute()
  await writeTimers(work, type, id, set)
}

/** Emits a transition's event, and lets other slices take part. */
async function announceTransition(
  work: CommandContext,
  machine: MachineDefinition,
  { id, event, from, to, version, reason }: Recorded,
): Promise<void> {
  const subject = machine.subjectOf(id)
  const { type } = machine
  // the start belongs to the creation of the subject, which has an event of its own
  if (from !== null)
    work.emit(MachineTransitioned, { subject, audience: [subject], data: { type, machineId: id, event, from, to, version } })
  await runHook(work, MachineTransitioning, { type, machineId: id, subject, event, from, to, version, reason })
}

export async function writeTimers(work: CommandContext, type: string, id: string, timers: readonly Timer[]): Promise<void> {
  for (const { name, event, dueAt } of timers)
    await work.db
      .insertInto('state_machine_timer')
      .values({ type, machine_id: id, name, event, due_at: dueAt })
      .onConflict((there) => there.columns(['type', 'machine_id', 'name']).doUpdateSet({ due_at: dueAt }))
      .execute()
}

/** @throws DomainError conflict where the present definition cannot read the row */
function toStoredMachine(machine: MachineDefinition, row: Selectable<Tables['state_machine']>): StoredMachine {
  const { value, context } = row.snapshot as { value: string; context: Memory }
  const known = migrateSnapshot(machine, { state: value, memory: context }, row.definition_version)
  if (!known || !machine.states[known.state])
    throw new DomainError(
      'conflict',
      `This state machine was stored in the state ${value} by version ${row.definition_version} of ${machine.type}, which version ${machine.version} cannot read.`,
    )
  const { id, version, done } = row
  return { id, version, done, ...known, startedAt: new Date(row.started_at), changedAt: new Date(row.changed_at) }
}

function migrateSnapshot(machine: MachineDefinition, stored: StoredSnapshot, fromVersion: number): StoredSnapshot | undefined {
  if (fromVersion === machine.version) return stored
  return fromVersion < machine.version ? machine.migrate?.(stored, fromVersion) : undefined
}
