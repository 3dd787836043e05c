/** The content hash of a document: what approvals and signatures are bound to. */
import type { QueryContext } from '../kernel/operation.ts'
import { findDocument } from '../documents/document.ts'
import { readStatePieces } from '../documents/journal/past-reader.ts'
import { computeCanonicalText, computeContentHash } from './worker/history-worker.ts'

/** A content hash, and the row after which the text had it. */
export interface ContentHash {
  /** SHA-256 of the canonical text (`canonical-text.ts`), in hexadecimal digits. */
  hash: string
  at: number
}

/** Hashes of revisions that were read before. A revision never changes. */
const knownHashes = new Map<string, ContentHash>()
const maxKnownHashes = 1000

/**
 * Reads the content hash of a document's text with its present title. In a command, read it in `prepare` where the document may be large, and
 * compare the head in the transaction.
 * @param at a sequence number; absent: the newest. Of compacted rows, the end of the last complete edit session up to it
 * @throws DomainError not-found; document-too-large when it takes too long
 */
export async function readContentHash(view: QueryContext, documentName: string, at?: number): Promise<ContentHash> {
  const { id, head, title } = await findDocument(view, documentName)
  const row = at ?? head
  const key = `${id} ${row} ${title}`
  const known = at === undefined ? knownHashes.get(key) : undefined
  if (known) return known
  const computed = await computeContentHash(view, { past: await readStatePieces(view, id, row, row), title })
  if (at === undefined && computed.at === head) {
    knownHashes.set(key, computed)
    for (const oldest of knownHashes.keys()) {
      if (knownHashes.size <= maxKnownHashes) break
      knownHashes.delete(oldest)
    }
  }
  return computed
}

/** Reads the canonical text from which the content hash is computed. @param at as for `readContentHash` */
export async function readCanonicalText(view: QueryContext, documentName: string, at?: number): Promise<{ text: string; at: number }> {
  const { id, head, title } = await findDocument(view, documentName)
  const row = at ?? head
  return computeCanonicalText(view, { past: await readStatePieces(view, id, row, row), title })
}
