/** The content hash of a document: what approvals and signatures are bound to. */
import type { QueryContext } from '../kernel/operation.ts'
import { findDocument } from '../documents/document.ts'
import { readStatePieces } from '../documents/journal/past-reader.ts'
import type { TextFacts } from './text-facts.ts'
import { computeCanonicalText, computeContentHash } from './worker/history-worker.ts'

/** A content hash, and the row after which the text had it. */
export interface ContentHash {
  /** SHA-256 of the canonical text (`canonical-text.ts`), in hexadecimal digits. */
  hash: string
  at: number
}

/** What was read of newest revisions before. A revision never changes. */
const knownTexts = new Map<string, ContentHash & TextFacts>()
const maxKnownTexts = 1000

/**
 * Reads the content hash of a document's text with its present title. In a command, read it in `prepare` where the document may be large, and
 * compare the head in the transaction: then nothing is computed twice.
 * @param at a sequence number; absent: the newest. Of compacted rows, the end of the last complete edit session up to it
 * @throws DomainError not-found; document-too-large when it takes too long
 */
export async function readContentHash(view: QueryContext, documentName: string, at?: number): Promise<ContentHash> {
  const { hash, at: row } = await readText(view, documentName, at)
  return { hash, at: row }
}

/** Reads what the newest text lacks, with its content hash. Costs nothing after `readContentHash`. */
export const readContentFacts = (view: QueryContext, documentName: string): Promise<ContentHash & TextFacts> =>
  readText(view, documentName, undefined)

async function readText(view: QueryContext, documentName: string, at: number | undefined): Promise<ContentHash & TextFacts> {
  const { id, head, title } = await findDocument(view, documentName)
  const row = at ?? head
  const key = `${id} ${row} ${title}`
  const known = row === head ? knownTexts.get(key) : undefined
  if (known) return known
  const computed = await computeContentHash(view, { past: await readStatePieces(view, id, row, row), title })
  if (computed.at === head) remember(key, computed)
  return computed
}

function remember(key: string, text: ContentHash & TextFacts): void {
  knownTexts.set(key, text)
  for (const oldest of knownTexts.keys()) {
    if (knownTexts.size <= maxKnownTexts) break
    knownTexts.delete(oldest)
  }
}

/** Reads the canonical text from which the content hash is computed. @param at as for `readContentHash` */
export async function readCanonicalText(view: QueryContext, documentName: string, at?: number): Promise<{ text: string; at: number }> {
  const { id, head, title } = await findDocument(view, documentName)
  const row = at ?? head
  return computeCanonicalText(view, { past: await readStatePieces(view, id, row, row), title })
}
