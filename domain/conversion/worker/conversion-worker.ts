/** The worker process in which files are made and read. */
import { WorkerProcess } from '../../kernel/worker/worker-process.ts'
import type { Task } from './task.ts'

/** An export of 1,200 blocks takes half a second of a core. The timeout allows for a machine whose cores are busy. */
export const fileWorker = new WorkerProcess<Task>({
  entry: new URL('./entry.ts', import.meta.url),
  niceness: 19,
  timeoutMs: 3 * 60_000,
})
