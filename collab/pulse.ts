/**
 * Notices that this process was stopped for a while, or stuck.
 *
 * Changes of access wait for a node's confirmation only so long, and are then answered without it. So before a node that was
 * away takes another frame, it hears what it missed.
 */
import { pause } from '../domain/kernel/database.ts'
import type { Log } from '../domain/kernel/log.ts'

export interface Pulse {
  /** Undefined while all is well; else what to wait for. Asked at every frame, since frames may come before any timer does. */
  missed(): Promise<void> | undefined
  stop(): void
}

const beatsEvery = 250
/** Below the time for which a change of access waits (2 s in `enforcement.ts`). Milliseconds. */
const lapse = 1500

/** @param catchUp resolves when this node has heard, and put in force, all that happened */
export function watchPulse(catchUp: () => Promise<void>, log: Log): Pulse {
  let beatAt = performance.now()
  let missing: Promise<void> | undefined
  let stopped = false

  async function makeUp(): Promise<void> {
    log.warn('this node was stopped or stuck; it hears what it missed before it goes on')
    for (let attempt = 1; !stopped; attempt++) {
      try {
        return await catchUp()
      } catch {
        await pause(attempt)
      }
    }
  }

  function missed() {
    const now = performance.now()
    if (now - beatAt > lapse) {
      missing ??= makeUp().finally(() => {
        missing = undefined
      })
      beatAt = now
    }
    return missing
  }

  const timer = setInterval(() => {
    void missed()
    beatAt = performance.now()
  }, beatsEvery)

  return {
    missed,
    stop() {
      stopped = true
      clearInterval(timer)
    },
  }
}
