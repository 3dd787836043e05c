/** Entry of the thread in which files are made and read: one task at a time, asked and answered by messages. */
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { doTask, type Task } from './task.ts'
import { Unreadable } from './unreadable.ts'

/** To the thread: a task, or the names that it asked for. */
export type Order = { task: Task } | { names: Record<string, string> }
/** From the thread: ids whose names it needs, or the end. */
export type Reply = { ask: string[] } | { done: unknown } | { problem: string } | { failed: string }

// of this thread alone, on Linux: who types goes first, even on one core
if (process.platform === 'linux') setPriority(0, 19)

const port = parentPort
if (!port) throw new Error('this is a thread of the node, not a program')
const reply = (message: Reply) => port.postMessage(message)
/** Bytes that the node gets without a copy. */
const handedOver = (done: unknown) =>
  done instanceof Uint8Array && done.byteLength === done.buffer.byteLength ? [done.buffer as ArrayBuffer] : []
let named: ((names: Record<string, string>) => void) | undefined

port.on('message', (order: Order) => {
  if ('names' in order) {
    named?.(order.names)
    return
  }
  const names = (ids: string[]) =>
    new Promise<Record<string, string>>((resolve) => {
      named = resolve
      reply({ ask: ids })
    })
  doTask(order.task, names).then(
    (done) => port.postMessage({ done } satisfies Reply, handedOver(done)),
    (error: unknown) =>
      reply(error instanceof Unreadable ? { problem: error.message } : { failed: (error as Error)?.stack ?? String(error) }),
  )
})
