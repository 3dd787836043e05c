/** Entry module of the worker process that verifies files of strangers. */
import { serveTasks } from '../../../kernel/worker/worker-entry.ts'
import { verifyFile } from '../verify-file.ts'
import type { VerifyTask } from './verify-worker.ts'

serveTasks((task: VerifyTask) => verifyFile(task.file))
