/** Entry of the process in which files are made and read: one task at a time, asked and answered by messages. */
import { piecesOf } from '../kernel/piece.ts'
import type { Order, Reply } from './order.ts'
import { doTask } from './task.ts'
import { Unreadable } from './unreadable.ts'

const reply = (message: Reply) => void process.send?.(message)
let named: ((names: Record<string, string>) => void) | undefined

let parts: Uint8Array[][] = []

process.on('message', (order: Order) => {
  if ('piece' in order) {
    ;(parts[order.part] ??= []).push(order.piece)
    return
  }
  if ('names' in order) {
    named?.(order.names)
    return
  }
  const names = (ids: string[]) =>
    new Promise<Record<string, string>>((resolve) => {
      named = resolve
      reply({ ask: ids })
    })
  const task = { ...order.task, bytes: parts }
  parts = []
  doTask(task, names).then(
    (done) => {
      if (!(done instanceof Uint8Array)) return reply({ done })
      for (const piece of piecesOf(done)) reply({ piece })
      reply({ done: undefined })
    },
    (error: unknown) =>
      reply(error instanceof Unreadable ? { problem: error.message } : { failed: (error as Error)?.stack ?? String(error) }),
  )
})
// its node is gone
process.on('disconnect', () => process.exit())
