/** Entry module of the worker process that renders agreements. */
import { serveTasks } from '../../kernel/worker/worker-entry.ts'
import { renderPages } from '../seal/pages/render-pages.ts'
import type { RenderTask } from './render-worker.ts'

serveTasks((task: RenderTask) => renderPages(task.input))
