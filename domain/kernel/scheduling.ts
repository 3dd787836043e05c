/** Scheduling: coalescing, throttling and limits for work that is requested often. */
import { setTimeout as wait } from 'node:timers/promises'
import pLimit from 'p-limit'

/**
 * Coalesces calls: the work never runs twice at once. Calls during a run lead to one more run after it. A call resolves after a run that
 * began after the call, and rejects as that run does.
 */
export function coalesce(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  return function run(): Promise<void> {
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
        return run()
      })
    return next
  }
}

/** When the queue is long: work for `runMs`, then leave the node to others for `idleMs`. */
const pacing = {
  whileIdle: { runMs: 1, idleMs: 1 },
  /** An edit that arrives during a run waits for its end, so runs are short and rare. */
  whileWriting: { runMs: 0.2, idleMs: 12 },
}
/** Milliseconds after an edit for which its writer counts as active. */
const writerActiveMs = 1000
let lastWriteAt = Number.NEGATIVE_INFINITY

/** Records that someone writes on this node. Background work then yields for a while. */
export function markWriteActivity(): void {
  lastWriteAt = performance.now()
}

const hasActiveWriter = () => performance.now() - lastWriteAt < writerActiveMs
const currentPacing = () => (hasActiveWriter() ? pacing.whileWriting : pacing.whileIdle)

/** Pauses between two pieces of long work: longer while someone writes. */
export const yieldToWriters = (): Promise<void> => wait(currentPacing().idleMs)

/**
 * Pauses for as long as the work before it took, while someone writes: writers get at least half of the core and of the database.
 * @param workedMs milliseconds
 */
export const yieldFor = async (workedMs: number): Promise<void> => {
  if (hasActiveWriter()) await wait(workedMs)
}

/**
 * Creates a queue that runs functions one after the other, at low priority. A function that queues another one waits like all others.
 * @param idleWhileWritingMs pause while someone writes, milliseconds
 */
export function createThrottledQueue(idleWhileWritingMs = pacing.whileWriting.idleMs): (go: () => void) => void {
  const waiting: (() => void)[] = []
  let isScheduled = false
  function runQueue() {
    const end = performance.now() + currentPacing().runMs
    do waiting.shift()?.()
    while (waiting.length > 0 && performance.now() < end)
    isScheduled = waiting.length > 0
    if (isScheduled) setTimeout(runQueue, hasActiveWriter() ? idleWhileWritingMs : pacing.whileIdle.idleMs)
  }
  return (go) => {
    waiting.push(go)
    if (isScheduled) return
    isScheduled = true
    setImmediate(runQueue)
  }
}

/** Items processed at once: a fraction of a millisecond. */
const chunkItems = 20

/** Calls a function for each of many items, in chunks, so that other work runs in between. */
export function processInChunks<T>(items: Iterable<T>, each: (one: T) => void): void {
  const all = [...items]
  let next = 0
  function processChunk() {
    const end = next + chunkItems
    for (const one of all.slice(next, end)) each(one)
    next = end
    if (next < all.length) setImmediate(processChunk)
  }
  processChunk()
}

/** A throttled queue for asynchronous work: never two at once. */
export function createLowPriorityQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  const serialize = pLimit(1)
  return (work) =>
    new Promise((done, failed) => {
      void serialize(async () => {
        await work().then(done, failed)
        await yieldToWriters()
      })
    })
}
