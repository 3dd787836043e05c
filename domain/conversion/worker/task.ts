/** The tasks of the conversion worker: exports and imports. Only the worker runs this. */
import type { Doc } from 'yjs'
import { numberContent, readListStyles } from '../../documents/richtext/list-styles.ts'
import { readContent } from '../../documents/richtext/to-json.ts'
import { decodeRawState, type RawState } from '../../documents/journal/raw-state.ts'
import type { ExportedThread } from '../../comments/exported.ts'
import type { ResolveNames } from '../../kernel/worker/worker-message.ts'
import type { ImportedDocument } from '../import/file-parser.ts'
import type { ExportModel } from '../export/export-model.ts'
import type { Changes } from '../../history/redline/change-attribution.ts'

export const formats = ['markdown', 'html', 'docx', 'pdf'] as const
export type Format = (typeof formats)[number]

export interface ExportTask {
  kind: 'export'
  format: Format
  title: string
  state: RawState
  /** The authors of suggestions that a file brought, by suggestion id. */
  importedAuthors: Record<string, string>
  /** For a redline: the earlier state, and the changes since. */
  before: { state: RawState; changes: Changes } | undefined
  threads: ExportedThread[]
  /** A directory with more fonts for PDF. */
  fontsDir: string | undefined
}

/** The file of an export, and what it does not show. */
export interface ExportedFile {
  bytes: Uint8Array
  warnings: string[]
}

export interface ImportTask {
  kind: 'import'
  /** The name of the file. */
  name: string
  file: Uint8Array
  /** The person who imports it, and the time (ISO 8601). */
  by: { userId: string; now: string }
}

export type Task = ExportTask | ImportTask

/** Runs a task. @throws UnreadableFileError where the file cannot be read */
export async function doTask(task: Task, names: ResolveNames): Promise<ExportedFile | ImportedDocument> {
  if (task.kind === 'export') return runExport(task, names)
  const { parseFile } = await import('../import/file-parser.ts')
  return parseFile(task.name, Buffer.from(task.file), task.by)
}

async function runExport(task: ExportTask, names: ResolveNames): Promise<ExportedFile> {
  const paper = await createModel(task, names)
  switch (task.format) {
    case 'docx':
      return { bytes: await (await import('../export/docx/docx.ts')).renderDocx(paper), warnings: [] }
    case 'pdf':
      return (await import('../export/pdf/pdf.ts')).renderPdf(paper, task.fontsDir)
    case 'html':
      return { bytes: new TextEncoder().encode((await import('../export/html.ts')).renderHtml(paper)), warnings: [] }
    case 'markdown': {
      const [{ renderMarkdown }, { findMarkdownLosses }] = await Promise.all([
        import('../export/markdown/markdown.ts'),
        import('../export/markdown/losses.ts'),
      ])
      return { bytes: new TextEncoder().encode(renderMarkdown(paper)), warnings: findMarkdownLosses(paper.content) }
    }
  }
}

/** The text of an export with its numbers, values and changes. */
async function createModel({ title, state, before, threads, importedAuthors }: ExportTask, names: ResolveNames): Promise<ExportModel> {
  const document = decodeRawState(state)
  const { fillVariables } = await import('../../history/redline/fill-variables.ts')
  const listStyles = readListStyles(document)
  const readNumbered = async (of: Doc) => numberContent(await readContent(of), readListStyles(of))
  let content = fillVariables(await readNumbered(document), document)
  if (before) {
    const [{ createRedlineContent }, { attributeCharacters, indexChanges }] = await Promise.all([
      import('../../history/redline/redline-content.ts'),
      import('../../history/redline/change-attribution.ts'),
    ])
    const old = decodeRawState(before.state)
    const { written, deleted } = indexChanges(before.changes)
    content = createRedlineContent(
      { content: fillVariables(await readNumbered(old), old, deleted), by: attributeCharacters(old, deleted) },
      { content: fillVariables(content, document, written), by: attributeCharacters(document, written) },
    )
  } else if (threads.length > 0) {
    const { markComments } = await import('../export/comment-anchors.ts')
    content = markComments(content, document, threads)
  }
  const { nameImportedAuthors } = await import('../export/imported-authors.ts')
  const named = nameImportedAuthors(content, importedAuthors)
  const people = { ...(await names(findAuthorIds(JSON.stringify(named.content)))), ...named.people }
  return { title, content: named.content, people, listStyles, threads }
}

const findAuthorIds = (content: string): string[] => [
  ...new Set([...content.matchAll(/\\?"author\\?":\\?"([\w-]{36})\\?"/g)].map(([, id]) => id as string)),
]
