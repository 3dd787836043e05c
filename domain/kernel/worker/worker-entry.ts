/** The worker's side of a worker process: one task at a time. */
import { Worker } from 'node:worker_threads'
import type { ResolveNames, WorkerReply, WorkerRequest, WorkerTask } from './worker-message.ts'

const reply = (message: WorkerReply) => void process.send?.(message)

/**
 * Answers the node's tasks.
 * @param doTask its answer must be cloneable
 * @param isProblem whether the message of what was thrown is shown to the person who asked; else it is an error of ours
 */
export function serveTasks<T extends WorkerTask>(
  doTask: (task: T, resolveNames: ResolveNames) => Promise<unknown>,
  isProblem: (error: unknown) => boolean = () => false,
): void {
  new Worker(new URL('./parent-watch.ts', import.meta.url)).unref()
  let receiveNames: ((resolveNames: Record<string, string>) => void) | undefined
  const resolveNames: ResolveNames = (ids) =>
    new Promise((resolve) => {
      receiveNames = resolve
      reply({ namesOf: ids })
    })
  process.on('message', (request: WorkerRequest) => {
    if ('names' in request) return receiveNames?.(request.names)
    doTask(request.task as T, resolveNames).then(
      (done) => reply({ done }),
      (error: unknown) =>
        reply(isProblem(error) ? { problem: (error as Error).message } : { failed: (error as Error)?.stack ?? String(error) }),
    )
  })
}
