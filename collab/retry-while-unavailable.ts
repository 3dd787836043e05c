/** Retries while the database is unavailable. */
import { backoff } from '../domain/kernel/db/database.ts'
import { toCloseEvent } from './socket/close-codes.ts'

/** Hocuspocus closes a socket that has opened no document after 60 s. */
const timeoutMs = 45_000

/**
 * Repeats an action as long as it fails with `unavailable`: a provider that is refused does not try again.
 * @throws CloseEvent for any other error, and after 45 s
 */
export async function retryWhileUnavailable<T>(action: () => Promise<T>): Promise<T> {
  const until = Date.now() + timeoutMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      const closeEvent = toCloseEvent(error)
      if (closeEvent.reason !== 'unavailable' || Date.now() > until) throw closeEvent
      await backoff(attempt)
    }
  }
}
