/** The worker process that verifies files of strangers: what one of them does to it harms nobody else. */
import { DomainError } from '../../../kernel/errors.ts'
import type { WorkerTask } from '../../../kernel/worker/worker-message.ts'
import { WorkerProcess } from '../../../kernel/worker/worker-process.ts'
import type { FileVerdict } from '../verdict.ts'

export interface VerifyTask extends WorkerTask {
  kind: 'verify'
  file: Uint8Array
}

/** A file of 500 signatures takes about four seconds of a core. */
const worker = new WorkerProcess<VerifyTask>({ entry: new URL('./entry.ts', import.meta.url), niceness: 19, timeoutMs: 60_000 })
/** Files of one person or address that wait or are verified. */
const maxPendingOfOne = 3
/** Files of all together: each is held in memory. */
const maxPending = 24

/** Files that wait or are verified, by person or address. */
const pending = new Map<string, number>()

/**
 * Verifies a file in the worker, when it is the turn of the person or address from whom it comes.
 * @throws DomainError rate-limited where too many files wait
 */
export async function verifyInWorker(from: string, file: Uint8Array): Promise<FileVerdict> {
  const own = pending.get(from) ?? 0
  if (own >= maxPendingOfOne)
    throw new DomainError('rate-limited', `${own} of your files are being verified. Try again when one is finished.`, { retryAfter: 5 })
  if ([...pending.values()].reduce((sum, count) => sum + count, 0) >= maxPending)
    throw new DomainError('rate-limited', 'Many files are being verified. Try again in a few seconds.', { retryAfter: 5 })
  pending.set(from, own + 1)
  try {
    const { done, problem } = await worker.run<FileVerdict>(from, { kind: 'verify', file })
    return done ?? { overall: 'cannot judge: damaged file', reason: problem ?? '', uncoveredBytes: file.length, signatures: [] }
  } finally {
    const left = (pending.get(from) ?? 1) - 1
    if (left > 0) pending.set(from, left)
    else pending.delete(from)
  }
}
