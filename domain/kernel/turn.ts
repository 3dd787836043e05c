/** Work that is asked for often and done one turn at a time. */

/**
 * Makes a function that does the work, never twice at once. Asked for during a turn, it is done once more after it, however
 * often it was asked. What it answers resolves after a turn that began after the asking, and rejects as that turn did.
 */
export function inTurns(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  return function ask(): Promise<void> {
    if (!running) {
      running = work().finally(() => {
        running = undefined
      })
      return running
    }
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return ask()
      })
    return next
  }
}
