/** What people see of state machines: the state, the events that are allowed now, a diagram, and the list of active ones. */
import { sql } from 'kysely'
import { z } from 'zod'
import { userAudience } from '../access/audience.ts'
import { heldSubjectsCte } from '../access/ancestry.ts'
import { DomainError } from '../kernel/errors.ts'
import { getRegistered } from '../kernel/manifest/registry.ts'
import { query, type QueryContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { isAdmin, requireSignedIn, requireUserId } from '../kernel/permission.ts'
import type { CamelRow } from '../kernel/db/table-row.ts'
import { type MachineDefinition, Machines } from './definition.ts'
import { drawDiagram } from './diagram.ts'
import { listCandidates, listNeededFacts, listObstacles } from './interpreter.ts'
import { findSenderObstacle, getDefinition, requireMachineReader } from './machine-access.ts'
import { machineKey } from './machine-key.ts'
import { findMachine, type StoredMachine } from './machine.ts'
import { type DueEvent, readTimers } from './timer.ts'

/** A machine, what its state means, and the events that SmartStart will send. */
export interface MachineView extends StoredMachine {
  type: string
  subject: string
  meaning: string
  timers: DueEvent[]
}

export async function readMachineView(view: QueryContext, machine: MachineDefinition, id: string): Promise<MachineView> {
  const stored = await findMachine(view, machine, id)
  const timers = await readTimers(view, machine.type, id)
  return { ...stored, type: machine.type, subject: machine.subjectOf(id), meaning: machine.states[stored.state]?.meaning ?? '', timers }
}

export const getMachine = query('workflows.getMachine', {
  input: machineKey,
  authorize: requireMachineReader,
  execute: (view, { type, id }): Promise<MachineView> => readMachineView(view, getDefinition(type), id),
})

/** An event that the present state knows. */
export interface PossibleEvent {
  event: string
  meaning: string
  /** Whether the actor can send it now. */
  allowed: boolean
  /** Why not, one sentence each. */
  reasons: string[]
  /** The next states that are possible. */
  to: string[]
}

/** The events of the present state, with the reasons why the actor cannot send some of them. */
export const listEvents = query('workflows.listEvents', {
  input: machineKey,
  authorize: requireMachineReader,
  async execute(view, { type, id }): Promise<{ state: string; version: number; events: PossibleEvent[] }> {
    const machine = getDefinition(type)
    const stored = await findMachine(view, machine, id)
    const known = Object.keys(machine.states[stored.state]?.on ?? {}).map((event) => ({
      event,
      candidates: listCandidates(machine, stored, event),
    }))
    const needed = listNeededFacts(
      machine,
      known.flatMap(({ candidates }) => candidates.map(({ to, guards = [] }) => ({ to, guards }))),
    )
    const facts = needed.size > 0 ? await machine.readFacts(view, id, needed) : undefined
    const events: PossibleEvent[] = []
    for (const { event, candidates } of known) {
      const obstacles = candidates.map((one) => listObstacles(machine, one, facts))
      const guarded = obstacles.some((list) => list.length === 0) ? [] : obstacles.flat()
      const reasons = [...new Set([(await findSenderObstacle(view, machine, { id, event })) ?? [], guarded].flat())]
      const to = [...new Set(candidates.map((one) => one.to))]
      events.push({ event, meaning: machine.events[event]?.meaning ?? '', allowed: reasons.length === 0, reasons, to })
    }
    return { state: stored.state, version: stored.version, events }
  },
})

/** The machine's states and transitions as a Mermaid diagram. */
export const getDiagram = query('workflows.getDiagram', {
  input: machineKey,
  authorize: requireMachineReader,
  async execute(view, { type, id }): Promise<{ type: string; state: string; mermaid: string }> {
    const machine = getDefinition(type)
    const { state } = await findMachine(view, machine, id)
    return { type, state, mermaid: drawDiagram(machine, state) }
  },
})

/** A machine in the list of active ones. */
export type ActiveMachine = CamelRow<'state_machine', 'type' | 'id' | 'subject' | 'state' | 'version' | 'started_at' | 'changed_at'>

const name = z.string().min(1).max(64).optional()

/** Machines that have not ended, newest first: of everyone for administrators, of what they can read for others. */
export const listActiveMachines = query('workflows.listActiveMachines', {
  input: { ...paging, type: name, state: name },
  authorize: requireSignedIn,
  async execute(view, { limit, cursor, type, state }): Promise<Page<ActiveMachine>> {
    assertFilter(type, state)
    const after = parseCursor(cursor)
    const userId = requireUserId(view)
    const visible = isAdmin(view) ? sql`true` : sql`(m.subject = ${userAudience(userId)} or m.subject in (select held.name from held))`
    const { rows } = await sql<ActiveMachine>`
      with recursive ${heldSubjectsCte(userId)}
      select m.type, m.id, m.subject, m.state, m.version, m.started_at as "startedAt", m.changed_at as "changedAt" from state_machine m
      where not m.done and ${visible}
        and ${type ? sql`m.type = ${type}` : sql`true`} and ${state ? sql`m.state = ${state}` : sql`true`}
        and ${after ? sql`(m.started_at, m.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql`true`}
      order by m.started_at desc, m.id desc limit ${limit + 1}`.execute(view.db)
    return paginate(
      rows,
      limit,
      ({ startedAt, id }) => ({ at: new Date(startedAt).toISOString(), id }),
      (row) => row,
    )
  },
})

/** @throws DomainError invalid-input for a type or a state that no machine has */
function assertFilter(type: string | undefined, state: string | undefined): void {
  const machines = getRegistered(Machines).filter((machine) => type === undefined || machine.type === type)
  const path = machines.length === 0 ? 'type' : 'state'
  if (machines.length > 0 && (state === undefined || machines.some(({ states }) => Object.hasOwn(states, state)))) return
  const message = path === 'type' ? 'no state machine has this type' : 'no such state machine has this state'
  throw new DomainError('invalid-input', `${path}: ${message}`, { fields: [{ path, message }] })
}
