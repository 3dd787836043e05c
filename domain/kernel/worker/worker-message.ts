/** The messages between a node and a worker process. */

/** What a worker is asked to do. It must be cloneable: plain values, dates and bytes. */
export interface WorkerTask {
  readonly kind: string
}

/** Asks the node for the names of people, by id. */
export type ResolveNames = (ids: string[]) => Promise<Record<string, string>>

/** To the worker: a task, or the names that it asked for. */
export type WorkerRequest = { task: WorkerTask } | { names: Record<string, string> }
/** From the worker: ids whose names it needs, or how the task ended. */
export type WorkerReply = { namesOf: string[] } | { done: unknown } | { problem: string } | { failed: string }
