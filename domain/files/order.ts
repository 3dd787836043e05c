/** What a node and its worker say to each other. */
import type { Task } from './task.ts'

/** To the worker: a task, behind the pieces of the parts of its bytes; or the names that it asked for. */
export type Order = { piece: Uint8Array; part: number } | { task: Task } | { names: Record<string, string> }
/** From the worker: ids whose names it needs, or the end; a file that it made goes ahead in pieces. */
export type Reply = { ask: string[] } | { piece: Uint8Array } | { done: unknown } | { problem: string } | { failed: string }
