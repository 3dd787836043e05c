/** State machines as data. A slice declares its machines and registers them with the hook `Machines`. */
import { defineHook } from '../kernel/manifest/hook.ts'
import type { CommandContext, Permission, QueryContext } from '../kernel/operation.ts'

/** What a machine remembers beside its state: small facts that later transitions depend on. */
export type Memory = Readonly<Record<string, string>>

/** One way out of a state. */
export interface TransitionDefinition {
  /** The next state. */
  readonly to: string
  /** Names of guards; all must allow it. */
  readonly guards?: readonly string[]
  /** What the machine must remember. Of several transitions for one event, the first whose memory and guards match is taken. */
  readonly where?: Memory
  /** What the machine remembers from now on. */
  readonly remember?: Memory
}

export interface StateDefinition {
  /** One sentence for people. */
  readonly meaning: string
  /** Transitions by event. A state without any is final. */
  readonly on?: Readonly<Record<string, TransitionDefinition | readonly TransitionDefinition[]>>
  /** Events that SmartStart sends by itself at a time. Leaving the state cancels them. */
  readonly after?: readonly { readonly event: string; readonly deadline: string }[]
}

/** Who may send an event. */
export interface Sender {
  /** For people, as in "an owner of the draft". */
  readonly words: string
  /** Throws for everyone else; absent: only SmartStart itself sends the event. */
  readonly authorize?: Permission<{ id: string }>
}

export interface EventDefinition {
  /** One sentence for people: what sending it does. */
  readonly meaning: string
  /** The name of a sender. */
  readonly by: string
}

/** A rule over facts. */
export interface Guard<F> {
  /** @returns why the transition is not allowed, as a sentence; undefined where it is */
  findObstacle(facts: F): string | undefined
}

/** When a timer is due. */
export interface Deadline<F> {
  /** @returns undefined where there is none */
  computeDueTime(facts: F, now: Date): Date | undefined
}

/** A transition that was taken. */
export interface TakenTransition {
  readonly id: string
  readonly event: string
  readonly from: string
  readonly to: string
  readonly reason: string | null
  readonly data: Readonly<Record<string, unknown>> | null
  /** The number of the transition: 1 is the start. */
  readonly version: number
}

/** A stored machine, as `migrate` reads and returns it. */
export interface StoredSnapshot {
  readonly state: string
  readonly memory: Memory
}

/** A state machine. `F` is what its guards and deadlines read. */
export interface MachineDefinition<F = unknown> {
  /** The name in paths, as `legalDocument`. */
  readonly type: string
  /** Increase it when stored machines must be migrated. */
  readonly version: number
  readonly initial: string
  readonly states: Readonly<Record<string, StateDefinition>>
  readonly events: Readonly<Record<string, EventDefinition>>
  readonly senders: Readonly<Record<string, Sender>>
  readonly guards: Readonly<Record<string, Guard<F>>>
  readonly deadlines: Readonly<Record<string, Deadline<F>>>
  /** What the machine of an id is about, as `legal:<id>`. Its readers receive the events of the machine. */
  subjectOf(id: string): string
  /** Who sees the machine. Throws `not-found` for everyone else. */
  readonly requireReader: Permission<{ id: string }>
  /** Who may start a machine where there is none. */
  readonly requireStarter: Permission<{ id: string }>
  /** The state in which a new machine starts; absent: `initial`. */
  findInitialState?(view: QueryContext, id: string): Promise<string>
  /** Reads the facts. @param needed names of the guards and deadlines that will be asked: other facts need not be read */
  readFacts(view: QueryContext, id: string, needed: ReadonlySet<string>): Promise<F>
  /** Follows each transition in its transaction, and may send further events. */
  onTransition?(work: CommandContext, transition: TakenTransition): Promise<void>
  /** Converts a machine that an older version stored. @returns undefined where it cannot be converted */
  migrate?(stored: StoredSnapshot, fromVersion: number): StoredSnapshot | undefined
}

/** The machines of all slices. */
export const Machines = defineHook<MachineDefinition>('workflows.machines')

/** The transitions of a state for an event, in order. */
export function listTransitions(machine: MachineDefinition, state: string, event: string): readonly TransitionDefinition[] {
  const defined = machine.states[state]?.on?.[event]
  return defined === undefined ? [] : 'to' in defined ? [defined] : defined
}

/** Whether no event leaves a state. */
export const isFinal = (machine: MachineDefinition, state: string): boolean => Object.keys(machine.states[state]?.on ?? {}).length === 0
