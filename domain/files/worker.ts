/** Entry of the process in which files are made and read: one task at a time, asked and answered by messages. */
import { doTask, type Task } from './task.ts'
import { Unreadable } from './unreadable.ts'

/** To the worker: a task, or the names that it asked for. */
export type Order = { task: Task } | { names: Record<string, string> }
/** From the worker: ids whose names it needs, or the end. */
export type Reply = { ask: string[] } | { done: unknown } | { problem: string } | { failed: string }

const reply = (message: Reply) => void process.send?.(message)
let named: ((names: Record<string, string>) => void) | undefined

process.on('message', (order: Order) => {
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
    (done) => reply({ done }),
    (error: unknown) =>
      reply(error instanceof Unreadable ? { problem: error.message } : { failed: (error as Error)?.stack ?? String(error) }),
  )
})
// its node is gone
process.on('disconnect', () => process.exit())
