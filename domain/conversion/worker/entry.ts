/** Entry module of the worker process for file conversion. */
import { serveTasks } from '../../kernel/worker/worker-entry.ts'
import { doTask } from './task.ts'
import { UnreadableFileError } from '../unreadable-file.ts'

serveTasks(doTask, (error) => error instanceof UnreadableFileError)
