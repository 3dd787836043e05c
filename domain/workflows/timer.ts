/** Timers: events that SmartStart sends at a time. They are rows, so they survive restarts; a schedule sends those that are due. */
import { z } from 'zod'
import type { Schedule } from '../kernel/manifest/background-work.ts'
import { command, query, type CommandContext, type QueryContext } from '../kernel/operation.ts'
import { requireSystem } from '../kernel/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { listTransitions, type MachineDefinition } from './definition.ts'
import { listNeededFacts, computeTimers } from './interpreter.ts'
import { getDefinition } from './machine-access.ts'
import { machineKey } from './machine-key.ts'
import { findMachine, sendMachineEvent, writeTimers } from './machine.ts'

/** An event that will be sent. */
export interface DueEvent {
  event: string
  dueAt: Date
}

/** The timers of a machine, the next one first. */
export async function readTimers(view: QueryContext, type: string, id: string): Promise<DueEvent[]> {
  const rows = await view.db
    .selectFrom('state_machine_timer')
    .select(['event', 'due_at'])
    .where('type', '=', type)
    .where('machine_id', '=', id)
    .orderBy('due_at')
    .execute()
  return rows.map(({ event, due_at }) => ({ event, dueAt: new Date(due_at) }))
}

/** Computes the timers of the present state again, after the facts behind its deadlines changed. */
export async function resetTimers<F>(work: CommandContext, machine: MachineDefinition<F>, id: string): Promise<void> {
  const { state } = await findMachine(work, machine, id)
  const needed = listNeededFacts(machine, [{ to: state }])
  const facts = needed.size > 0 ? await machine.readFacts(work, id, needed) : undefined
  await work.db.deleteFrom('state_machine_timer').where('type', '=', machine.type).where('machine_id', '=', id).execute()
  await writeTimers(work, machine.type, id, computeTimers(machine, state, { facts, now: work.now }))
}

const timerKey = { ...machineKey, name: z.string() }
type TimerKey = z.output<z.ZodObject<typeof timerKey>>

/** Timers that are read at once. */
const batchSize = 100

/** Timers that are due, the oldest first. */
export const listDueTimers = query('workflows.listDueTimers', {
  input: {},
  authorize: requireSystem,
  async execute(view): Promise<TimerKey[]> {
    const rows = await view.db
      .selectFrom('state_machine_timer')
      .select(['type', 'machine_id', 'name'])
      .where('due_at', '<=', view.now.toISOString())
      .orderBy('due_at')
      .limit(batchSize)
      .execute()
    return rows.map(({ type, machine_id, name }) => ({ type, id: machine_id, name }))
  },
})

/** Milliseconds until a timer is tried again whose event was refused. */
const retryMs = 3600_000

/** Sends the event of a timer that is due. It is sent once: another node waits for the row and then finds nothing. */
export const fireTimer = command('workflows.fireTimer', {
  input: timerKey,
  authorize: requireSystem,
  async execute(work, { type, id, name }): Promise<void> {
    const timer = await lockTimer(work, { type, id, name })
    if (!timer || new Date(timer.due_at) > work.now) return
    await work.db.deleteFrom('state_machine_timer').where('type', '=', type).where('machine_id', '=', id).where('name', '=', name).execute()
    const machine = getDefinition(type)
    const { state } = await findMachine(work, machine, id)
    // of a state that it has left since a change of the definition
    if (listTransitions(machine, state, timer.event).length === 0) return
    await sendMachineEvent(work, machine, id, timer.event, {
      reason: `The time for this came on ${timer.due_at.slice(0, 10)}.`,
    })
  },
})

/** Tries a timer again later. */
export const postponeTimer = command('workflows.postponeTimer', {
  input: timerKey,
  authorize: requireSystem,
  async execute(work, { type, id, name }): Promise<void> {
    await work.db
      .updateTable('state_machine_timer')
      .set({ due_at: new Date(work.now.getTime() + retryMs) })
      .where('type', '=', type)
      .where('machine_id', '=', id)
      .where('name', '=', name)
      .execute()
  },
})

const lockTimer = (work: CommandContext, { type, id, name }: TimerKey) =>
  work.db
    .selectFrom('state_machine_timer')
    .select(['event', 'due_at'])
    .where('type', '=', type)
    .where('machine_id', '=', id)
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst()

/** Sends the events of due timers, each in a transaction of its own, so that one that is refused does not hold up the others. */
export const timerSchedule: Schedule = {
  name: fireTimer.name,
  cron: '* * * * *',
  async runOnce(run) {
    for (;;) {
      const due = await run(listDueTimers, {})
      for (const timer of due)
        await run(fireTimer, timer).catch(async (error: unknown) => {
          if (!(error instanceof DomainError) || error.code === 'unavailable') throw error
          await run(postponeTimer, timer)
        })
      if (due.length < batchSize) return
    }
  },
}
