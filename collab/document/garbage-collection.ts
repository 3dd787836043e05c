/**
 * Garbage collection of large deletions in slices.
 *
 * At the end of a transaction Yjs collects what it deleted and moves all later structs for each run that it merges. The time grows with the
 * square of the deletion: a frame of 12 bytes that deletes 60,000 paragraphs blocked a node for 7 to 13 s.
 */
import * as Y from 'yjs'
import { yieldToWriters } from '../../domain/kernel/scheduling.ts'

/** A transaction that deletes more is collected afterwards. In Yjs clocks: characters and elements. */
const maxImmediateClocks = 5000
/** Takes some milliseconds in a document of 200,000 structs. */
const clocksPerSlice = 500

interface DeletedRange {
  client: number
  clock: number
  len: number
}

/**
 * Makes a document collect what large transactions delete in slices, with pauses. Until then it is marked as deleted and still in memory.
 * @param onError called when a slice throws; the rest then stays in memory
 */
export function collectGarbageInSlices(document: Y.Doc, onError: (error: unknown) => void): void {
  const queue: DeletedRange[] = []
  let isDeferred = false
  let isCollecting = false

  async function collect() {
    isCollecting = true
    while (queue.length > 0) {
      await yieldToWriters()
      if (document.isDestroyed) return
      const range = queue[0] as DeletedRange
      const len = Math.min(range.len, clocksPerSlice)
      const slice = Y.createDeleteSet()
      slice.clients.set(range.client, [{ clock: range.clock, len }])
      Y.tryGc(slice, document.store, () => true)
      range.clock += len
      range.len -= len
      if (range.len === 0) queue.shift()
    }
    isCollecting = false
  }

  document.gcFilter = () => !isDeferred
  // emitted before Yjs collects what this transaction deleted
  document.on('afterTransaction', ({ deleteSet }: Y.Transaction) => {
    let length = 0
    for (const ranges of deleteSet.clients.values()) for (const { len } of ranges) length += len
    isDeferred = length > maxImmediateClocks
    if (!isDeferred) return
    for (const [client, ranges] of deleteSet.clients) for (const { clock, len } of ranges) queue.push({ client, clock, len })
    if (!isCollecting) collect().catch(onError)
  })
}
