/** A document as a file that is made while the caller waits. */
import * as Y from 'yjs'
import { findDocument } from '../../documents/document.ts'
import { toRawState } from '../../documents/journal/raw-state.ts'
import { buildDocumentAt } from '../../history/state-at.ts'
import { DomainError } from '../../kernel/errors.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import { readImportedAuthors } from '../../suggestions/imported.ts'
import { fileWorker } from '../worker/conversion-worker.ts'
import type { ExportedFile, Format } from '../worker/task.ts'

/**
 * Renders a document in the worker process, without comments.
 * @param at a sequence number; absent: the newest
 * @throws DomainError rate-limited when the actor has too many files in progress, document-too-large when it takes too long
 */
export async function renderDocumentFile(
  view: QueryContext,
  { documentName, at, format }: { documentName: string; at?: number | undefined; format: Format },
): Promise<Uint8Array> {
  const { id, title, head } = await findDocument(view, documentName)
  const { document } = await buildDocumentAt(view, id, at ?? head)
  const task = {
    kind: 'export' as const,
    format,
    title,
    state: toRawState(Y.encodeStateAsUpdate(document)),
    importedAuthors: Object.fromEntries(await readImportedAuthors(view, id)),
    threads: [],
    fontsDir: view.ports.fontsDir,
    before: undefined,
  }
  const names = (ids: string[]) => Promise.resolve(Object.fromEntries(ids.map((one) => [one, 'Unknown'])))
  const made = await fileWorker.run<ExportedFile>(view.actor.id ?? 'system', task, names, view.ports.limits.maxPendingFiles)
  if (!made.done) throw new DomainError('document-too-large', `The file cannot be made: ${made.problem}`)
  return made.done.bytes
}
