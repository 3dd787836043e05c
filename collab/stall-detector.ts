/**
 * Detects that this process was suspended or its event loop was blocked.
 *
 * A change of access waits for the confirmation of each node for a limited time and is then answered without it. So a node
 * that was stalled catches up with missed changes before it processes another frame.
 */
import { backoff } from '../domain/kernel/db/database.ts'
import type { Log } from '../domain/kernel/log.ts'

export interface StallDetector {
  /** A promise to wait for before the next frame is processed; undefined when nothing was missed. Checked for every frame, because frames may arrive before a timer fires. */
  readonly pendingCatchUp: () => Promise<void> | undefined
  stop(): void
}

const tickIntervalMs = 250
/** Shorter than the time for which a change of access waits for a node (2 s, `domain/access/enforcement.ts`). */
const maxPauseMs = 1500

/** @param catchUp resolves when every change of access up to now is in force on this node */
export function startStallDetector(catchUp: () => Promise<void>, log: Log): StallDetector {
  let lastTickAt = performance.now()
  let catchingUp: Promise<void> | undefined
  let isStopped = false

  async function catchUpWithRetries(): Promise<void> {
    log.warn('the process was stalled; catching up with changes of access')
    for (let attempt = 1; !isStopped; attempt++) {
      try {
        return await catchUp()
      } catch {
        await backoff(attempt)
      }
    }
  }

  function pendingCatchUp() {
    const now = performance.now()
    if (now - lastTickAt > maxPauseMs) {
      catchingUp ??= catchUpWithRetries().finally(() => {
        catchingUp = undefined
      })
      lastTickAt = now
    }
    return catchingUp
  }

  const timer = setInterval(() => {
    void pendingCatchUp()
    lastTickAt = performance.now()
  }, tickIntervalMs)

  return {
    pendingCatchUp,
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}
