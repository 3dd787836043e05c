/** The worker process that renders the pages of agreements. It has no keys: the node signs what it answers. */
import { DomainError } from '../../kernel/errors.ts'
import type { WorkerTask } from '../../kernel/worker/worker-message.ts'
import { WorkerProcess } from '../../kernel/worker/worker-process.ts'
import type { PagesInput, RenderedPages } from '../seal/pages/pages-input.ts'

export interface RenderTask extends WorkerTask {
  kind: 'pages'
  input: PagesInput
}

const worker = new WorkerProcess<RenderTask>({ entry: new URL('./entry.ts', import.meta.url), niceness: 10, timeoutMs: 3 * 60_000 })

/** Renders pages in the worker. @throws DomainError unavailable where it ran out of time or memory */
export async function renderInWorker(input: PagesInput): Promise<RenderedPages> {
  const { done, problem } = await worker.run<RenderedPages>(input.agreement.envelope.id, { kind: 'pages', input })
  if (problem !== undefined) throw new DomainError('unavailable', `The agreement cannot be rendered. ${problem}`)
  return done
}
