/** Replicas of a document that are built from its journal, to be read. */
import * as Y from 'yjs'

/**
 * Applies rows of the journal without Yjs' clean-up of format marks. It would delete marks that the journal still has at that point and that
 * later rows may need. A clean-up is a row of its own.
 */
export function applyWithoutCleanUp<T>(document: Y.Doc, apply: () => T): T {
  document.on('afterTransaction', preventCleanUp)
  try {
    return apply()
  } finally {
    document.off('afterTransaction', preventCleanUp)
  }
}

// Yjs asks for the clean-up before this event, and does it afterwards
function preventCleanUp(transaction: Y.Transaction): void {
  transaction._needFormattingCleanup = false
}

/**
 * Creates an empty document for rows of a journal, without the clean-up of format marks.
 * @param gc false keeps the content of what is deleted
 */
export function createReplica({ gc = true } = {}): Y.Doc {
  const document = new Y.Doc({ gc })
  document.on('afterTransaction', preventCleanUp)
  return document
}

/**
 * Items deleted in one transaction. At its end Yjs moves all items behind each one that it merges: deleting 60,000 paragraphs takes 7 s in
 * one transaction and 1.6 s in 600.
 */
const maxDeletedPerTransaction = 200

/** Applies updates, many in a transaction: one transaction for each costs five times as much. */
export function applyUpdates(document: Y.Doc, updates: readonly Uint8Array[], apply: (update: Uint8Array) => void, origin?: unknown): void {
  for (let next = 0; next < updates.length; ) {
    document.transact((transaction) => {
      do apply(updates[next++] as Uint8Array)
      while (next < updates.length && countDeleted(transaction) < maxDeletedPerTransaction)
    }, origin)
  }
}

function countDeleted({ deleteSet }: Y.Transaction): number {
  let count = 0
  for (const deleted of deleteSet.clients.values()) count += deleted.length
  return count
}
