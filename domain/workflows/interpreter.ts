/** Runs machines by XState's pure functions: a definition becomes an XState machine, and no actor is ever started. */
import { type AnyStateMachine, assign, createMachine, initialTransition, raise, transition } from 'xstate'
import { listTransitions, isFinal, type MachineDefinition, type StoredSnapshot, type TransitionDefinition } from './definition.ts'

/** What a step reads, beside the event. */
interface Inputs {
  facts: unknown
  now: Date
}

/** An event of a machine that SmartStart sends at a time. */
export interface Timer {
  /** Unique in the machine. */
  name: string
  event: string
  dueAt: Date
}

/** The machine after a step. */
export interface Step extends StoredSnapshot {
  done: boolean
  /** Timers to set. Those of the state before end with it. */
  set: Timer[]
}

/** The latest time of a timer. */
const maxDelayMs = 100 * 365 * 24 * 3600_000

const compiled = new WeakMap<MachineDefinition, Map<string, AnyStateMachine>>()

/** The XState machine of a definition. @param initial the state in which it starts */
function compile(machine: MachineDefinition, initial: string): AnyStateMachine {
  const byInitial = compiled.get(machine) ?? new Map<string, AnyStateMachine>()
  compiled.set(machine, byInitial)
  let found = byInitial.get(initial)
  if (!found) byInitial.set(initial, (found = createMachine(toConfig(machine, initial) as never)))
  return found
}

const toConfig = (machine: MachineDefinition, initial: string): object => ({
  id: machine.type,
  initial,
  context: {},
  states: Object.fromEntries(Object.keys(machine.states).map((name) => [name, toStateConfig(machine, name)])),
})

function toStateConfig(machine: MachineDefinition, name: string): object {
  if (isFinal(machine, name)) return { type: 'final' }
  const { on = {}, after = [] } = machine.states[name] ?? {}
  const timers = after.map(({ event, deadline }) => ({ event, deadline, id: `${name}.${event}` }))
  return {
    on: Object.fromEntries(
      Object.keys(on).map((event) => [event, listTransitions(machine, name, event).map((one) => toTransitionConfig(machine, one))]),
    ),
    entry: timers.map(({ event, deadline, id }) =>
      raise({ type: event }, { id, delay: ({ event: cause }) => computeDelay(machine, deadline, cause as never) }),
    ),
  }
}

const toTransitionConfig = (machine: MachineDefinition, definition: TransitionDefinition): object => ({
  target: definition.to,
  guard: ({ context, event }: { context: Record<string, string>; event: Inputs }) =>
    matchesMemory(definition, context) && listObstacles(machine, definition, event.facts).length === 0,
  ...(definition.remember && { actions: assign(definition.remember) }),
})

/** @param cause the event that enters the state; at the start, the inputs are its `input` */
function computeDelay(machine: MachineDefinition, deadline: string, cause: Inputs & { input?: Inputs }): number {
  const { facts, now } = cause.input ?? cause
  const dueAt = machine.deadlines[deadline]?.computeDueTime(facts, now)
  return dueAt ? Math.max(0, dueAt.getTime() - now.getTime()) : Number.POSITIVE_INFINITY
}

const matchesMemory = ({ where = {} }: TransitionDefinition, memory: Readonly<Record<string, string>>): boolean =>
  Object.entries(where).every(([name, value]) => memory[name] === value)

/** The transitions for an event that the memory of a machine leaves. */
export const listCandidates = (machine: MachineDefinition, { state, memory }: StoredSnapshot, event: string): TransitionDefinition[] =>
  listTransitions(machine, state, event).filter((one) => matchesMemory(one, memory))

/** Why guards do not allow a transition. */
export const listObstacles = (machine: MachineDefinition, { guards = [] }: TransitionDefinition, facts: unknown): string[] =>
  guards.flatMap((name) => machine.guards[name]?.findObstacle(facts) ?? [])

/** Names of the guards of some transitions, and of the deadlines in their next states. */
export function listNeededFacts(
  machine: MachineDefinition,
  transitions: readonly Pick<TransitionDefinition, 'to' | 'guards'>[],
): Set<string> {
  return new Set(
    transitions.flatMap(({ to, guards = [] }) => [...guards, ...(machine.states[to]?.after ?? []).map(({ deadline }) => deadline)]),
  )
}

/** Starts a machine. */
export function computeStart(machine: MachineDefinition, initial: string, inputs: Inputs): Step {
  const [snapshot, actions] = initialTransition(compile(machine, initial), inputs as never)
  return toStep(snapshot, actions, inputs.now)
}

/** The timers of a state that is entered now. */
export const computeTimers = (machine: MachineDefinition, state: string, inputs: Inputs): Timer[] =>
  computeStart(machine, state, inputs).set

/** The machine after an event; undefined where no transition is allowed. */
export function computeStep(machine: MachineDefinition, stored: StoredSnapshot, event: string, inputs: Inputs): Step | undefined {
  const logic = compile(machine, machine.initial)
  const before = logic.resolveState({
    value: stored.state,
    context: stored.memory,
    status: isFinal(machine, stored.state) ? 'done' : 'active',
  })
  // the events of a machine are data, so XState does not know their types
  const caused = { type: event, ...inputs } as never
  if (!before.can(caused)) return undefined
  const [snapshot, actions] = transition(logic, before, caused)
  return toStep(snapshot, actions, inputs.now)
}

/** What a step leaves: XState returns delayed events as actions, which nothing runs. */
function toStep(
  { value, context, status }: { value: unknown; context: unknown; status: string },
  actions: readonly { type: string; params?: unknown }[],
  now: Date,
): Step {
  const step: Step = { state: value as string, memory: context as Record<string, string>, done: status === 'done', set: [] }
  for (const { type, params } of actions) {
    if (type !== 'xstate.raise') continue
    const { id, event, delay } = params as { id: string; event: { type: string }; delay: number }
    if (delay <= maxDelayMs) step.set.push({ name: id, event: event.type, dueAt: new Date(now.getTime() + delay) })
  }
  return step
}
