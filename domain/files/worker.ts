/** Entry of the process in which files are made and read: one task at a time, asked and answered by messages. */
import { type Order, piecesOf, type Reply } from './piece.ts'
import { doTask } from './task.ts'
import { Unreadable } from './unreadable.ts'

const reply = (message: Reply) => void process.send?.(message)
let named: ((names: Record<string, string>) => void) | undefined

let pieces: Uint8Array[] = []

process.on('message', (order: Order) => {
  if ('piece' in order) {
    pieces.push(order.piece)
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
  const { task } = order
  if (task.kind === 'import') task.bytes = Buffer.concat(pieces)
  pieces = []
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
