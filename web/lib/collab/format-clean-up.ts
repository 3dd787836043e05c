import type { Doc, Transaction } from 'yjs'

/**
 * Keeps Yjs from removing redundant format marks as a local edit after remote changes, as long as the user has no write access: the server
 * would reject that edit. Whoever has write access removes them.
 */
export function preventCleanUpWithoutAccess(doc: Doc, hasWriteAccess: () => boolean): void {
  doc.on('afterTransaction', (transaction: Transaction) => {
    if (!hasWriteAccess()) transaction._needFormattingCleanup = false
  })
}
