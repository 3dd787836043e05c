/** Tracks the edits of one client to a Yjs document, and which of them the server acknowledged. */
import * as Y from 'yjs'

interface Deletion {
  client: number
  clock: number
  length: number
}

export interface AcknowledgedWork {
  /** Local transactions that changed the document. */
  readonly edits: number
  /** How many of them the server acknowledged. */
  readonly acknowledgedEdits: number
  /** Records that the server acknowledged all edits up to now. */
  acknowledge(): void
  /** Acknowledged structs and deletions that are missing in a document. */
  findMissingIn(document: Y.Doc): string[]
}

/** @param isRemote whether a transaction with this origin applied updates of other clients */
export function trackAcknowledgedWork(document: Y.Doc, isRemote: (origin: unknown) => boolean): AcknowledgedWork {
  let edits = 0
  let acknowledgedEdits = 0
  let acknowledgedClock = 0
  let unacknowledged: Deletion[] = []
  const deletions: Deletion[] = []
  document.on('afterTransaction', ({ origin, deleteSet, beforeState, afterState }: Y.Transaction) => {
    if (isRemote(origin)) return
    const hasInserted = [...afterState].some(([client, clock]) => (beforeState.get(client) ?? 0) < clock)
    if (!hasInserted && deleteSet.clients.size === 0) return
    edits++
    for (const [client, ranges] of deleteSet.clients)
      for (const { clock, len } of ranges) unacknowledged.push({ client, clock, length: len })
  })
  return {
    get edits() {
      return edits
    },
    get acknowledgedEdits() {
      return acknowledgedEdits
    },
    acknowledge() {
      acknowledgedEdits = edits
      acknowledgedClock = Y.getState(document.store, document.clientID)
      deletions.push(...unacknowledged)
      unacknowledged = []
    },
    findMissingIn(other) {
      const heldClock = Y.getState(other.store, document.clientID)
      const { ds } = Y.snapshot(other)
      const unknownDeletions = deletions.filter(({ client, clock, length }) => !covers(ds.clients.get(client) ?? [], clock, clock + length))
      return [
        ...(heldClock < acknowledgedClock ? [`structs ${heldClock} to ${acknowledgedClock} of client ${document.clientID}`] : []),
        ...unknownDeletions.map(
          ({ client, clock, length }) => `the deletion of ${client}:${clock}+${length} by client ${document.clientID}`,
        ),
      ]
    },
  }
}

/** Whether a range lies within the ranges of a delete set, which are sorted and may touch. */
function covers(ranges: readonly { clock: number; len: number }[], from: number, to: number): boolean {
  let reached = from
  for (const { clock, len } of ranges) if (clock <= reached && reached < clock + len) reached = clock + len
  return reached >= to
}
