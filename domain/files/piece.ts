/** What a node and its worker say to each other. */
import type { Task } from './task.ts'

/** To the worker: a task, behind the pieces of its file; or the names that it asked for. */
export type Order = { piece: Uint8Array } | { task: Task } | { names: Record<string, string> }
/** From the worker: ids whose names it needs, or the end; a file that it made goes ahead in pieces. */
export type Reply = { ask: string[] } | { piece: Uint8Array } | { done: unknown } | { problem: string } | { failed: string }

/** Whole, a file of half a megabyte would hold the node for ten milliseconds while it is read off the pipe. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  const size = 32 * 1024
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size)
}
