/** Entry module of the worker process for large documents. */
import { serveTasks } from '../../kernel/worker/worker-entry.ts'
import { doComputation } from './history-worker.ts'

serveTasks(doComputation)
