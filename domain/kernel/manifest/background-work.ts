/** Background work of a slice: event handlers and schedules. */
import type { z } from 'zod'
import type { EventKind, PublishedEvent } from '../events/event.ts'
import type { Operation } from '../operation.ts'

/** Runs an operation as the system. */
export type RunAsSystem = <S extends z.ZodObject, O>(operation: Operation<S, O>, input: unknown) => Promise<O>

/** An operation that runs as a job after events of some kinds. It may run twice, so it must be idempotent. */
export interface EventHandler {
  /** The operation's name, which is also the queue's. */
  readonly name: string
  /** Names of the events, read when every slice is registered. */
  readonly on: () => readonly string[]
  /** Whether an event needs a job; absent: every one does. */
  readonly filter?: ((event: PublishedEvent) => boolean) | undefined
  /** A node handles one event of a subject at a time, so that many events of one person do not delay those of others. */
  readonly serialPerSubject?: boolean | undefined
  readonly handle: (run: RunAsSystem, event: PublishedEvent) => Promise<unknown>
}

/** An operation that runs by the clock. */
export interface Schedule {
  /** The operation's name, which is also the queue's. */
  readonly name: string
  /** Cron expression of five fields, in UTC. */
  readonly cron: string
  readonly runOnce: (run: RunAsSystem) => Promise<void>
}

/** @param input the operation's input; absent: the event's data */
export function onEvent<S extends z.ZodObject, O>(
  on: readonly EventKind<unknown>[] | (() => readonly EventKind<unknown>[]),
  operation: Operation<S, O>,
  {
    input = ({ data }) => data,
    ...options
  }: Pick<EventHandler, 'filter' | 'serialPerSubject'> & { input?: (event: PublishedEvent) => unknown } = {},
): EventHandler {
  return {
    name: operation.name,
    on: () => (typeof on === 'function' ? on() : on).map(({ name }) => name),
    ...options,
    handle: (run, event) => run(operation, input(event)),
  }
}

/** @param repeatUntilEmpty the operation does a bounded amount of work and returns how much. It runs again until it returns 0. */
export function schedule<S extends z.ZodObject, O>(cron: string, operation: Operation<S, O>, { repeatUntilEmpty = false } = {}): Schedule {
  return {
    name: operation.name,
    cron,
    async runOnce(run) {
      while (Number(await run(operation, {})) > 0 && repeatUntilEmpty);
    },
  }
}
