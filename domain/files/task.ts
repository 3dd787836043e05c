/** What the worker beside the node does: makes files of documents, and texts of files. Runs in it alone. */
import { contentOf } from '../documents/content.ts'
import { opened, type Unopened } from '../documents/unopened.ts'
import type { Incoming } from './incoming.ts'
import type { Paper } from './paper.ts'
import type { Changes } from './signs.ts'

export const formats = ['markdown', 'html', 'docx', 'pdf'] as const
export type Format = (typeof formats)[number]

interface Long {
  /** What is long of it goes ahead of it, in pieces: of an import the file; of an export the document, and the document as it was. */
  bytes: Uint8Array[][]
}

export interface ExportTask extends Long {
  kind: 'export'
  format: Format
  title: string
  state: Unopened
  /** For a redline: the document as it was, and what happened since. */
  before: { state: Unopened; changes: Changes } | undefined
}

export interface ImportTask extends Long {
  kind: 'import'
  name: string
}

export type Task = ExportTask | ImportTask

/** Asks for the names of people, by id. */
export type Names = (ids: string[]) => Promise<Record<string, string>>

/** Does a task. @throws Unreadable where the file is to blame */
export async function doTask(task: Task, names: Names): Promise<Uint8Array | Incoming> {
  if (task.kind === 'export') return exported(task, names)
  const { readFile } = await import('./incoming.ts')
  return readFile(task.name, Buffer.concat(task.bytes.flat()))
}

async function exported({ format, title, state, before, bytes: [now = [], then = []] }: ExportTask, names: Names): Promise<Uint8Array> {
  const document = opened(state, now)
  const { filled } = await import('./filled.ts')
  let content = filled(await contentOf(document), document)
  if (before) {
    const [{ changedContent }, { behind, changesIn }] = await Promise.all([import('./changed-paper.ts'), import('./signs.ts')])
    const old = opened(before.state, then)
    const { written, deleted } = changesIn(before.changes)
    content = changedContent(
      { content: filled(await contentOf(old), old, deleted), by: behind(old, deleted) },
      { content: filled(content, document, written), by: behind(document, written) },
    )
  }
  const people = await names(authorsIn(JSON.stringify(content)))
  const paper: Paper = { title, content, people }
  if (format === 'docx') return (await import('./docx.ts')).docxOf(paper)
  if (format === 'pdf') return (await import('./pdf.ts')).pdfOf(paper)
  const text = format === 'html' ? (await import('./html.ts')).htmlOf(paper) : (await import('./markdown.ts')).markdownOf(paper)
  return new TextEncoder().encode(text)
}

const authorsIn = (content: string): string[] => [
  ...new Set([...content.matchAll(/\\?"author\\?":\\?"([\w-]{36})\\?"/g)].map(([, id]) => id as string)),
]
