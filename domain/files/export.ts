/** Exports: a document at a moment, or what changed between two, as a file. Made in a job, fetched by who asked for it, for a day. */
import * as Y from 'yjs'
import { z } from 'zod'
import { read, roleOfActor, signedIn, systemOnly, userOf } from '../access/permission.ts'
import { DocumentName, findDocument, parseDocumentName } from '../documents/document.ts'
import { namesOf, reachable } from '../documents/moment.ts'
import { documentAt } from '../documents/past.ts'
import { type Unopened, unopenedOf } from '../documents/unopened.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type View } from '../kernel/operation.ts'
import { changesBetween } from './changes.ts'
import { ExportAsked } from './events.ts'
import { forgetOldPieces, forgottenBefore, keepFile, readKept } from './kept-file.ts'
import { type ExportTask, formats, type Format } from './task.ts'
import { type Done, inWorker } from './workshop.ts'

export const fileStates = ['queued', 'working', 'done', 'failed'] as const
export type FileState = (typeof fileStates)[number]
export { formats }

const endings: Record<Format, string> = { markdown: 'md', html: 'html', docx: 'docx', pdf: 'pdf' }

const ExportSchema = defineEntity({
  name: 'DocumentExport',
  tableName: 'document_export',
  properties: {
    ...identity(),
    userId: p.uuid(),
    documentName: p.string(),
    format: p.string().$type<Format>(),
    name: p.string(),
    at: p.bigint('number').nullable(),
    redlineFrom: p.bigint('number').nullable(),
    state: p.string().$type<FileState>(),
    problem: p.text().nullable(),
  },
})
/** A file that somebody wants of a document. */
export class DocumentExport extends ExportSchema.class {}
ExportSchema.setClass(DocumentExport)

const Moment = z.number().int().min(0)

export const exportDocument = command('files.exportDocument', {
  input: {
    documentName: DocumentName,
    format: z.enum(formats),
    at: Moment.optional().describe('the journal row after which; absent: now'),
    redlineFrom: Moment.optional().describe('shows what changed since this journal row'),
  },
  may: read(({ documentName }) => documentName),
  async does(work, { documentName, format, at, redlineFrom }): Promise<DocumentExport> {
    const document = await findDocument(work, documentName)
    const latest = at ?? document.head
    if (latest > document.head) throw tooLate('at', document.head)
    if (redlineFrom !== undefined && redlineFrom > latest) throw tooLate('redlineFrom', latest)
    // where rows are folded, the end of the session before
    const moment = async (row: number | undefined) => (row === undefined ? null : reachable(work, document, row))
    const name = `${nameOf(document.title)}${redlineFrom === undefined ? '' : ' (changes)'}.${endings[format]}`
    const asked = {
      documentName,
      format,
      name,
      at: await moment(at),
      redlineFrom: await moment(redlineFrom),
      state: 'queued' as const,
      problem: null,
    }
    const made = work.em.create(DocumentExport, { id: newId(), userId: userOf(work), ...asked })
    work.em.persist(made)
    work.emit(ExportAsked, { subject: `user:${made.userId}`, audience: [`user:${made.userId}`], data: { exportId: made.id } })
    return made
  },
})

const tooLate = (path: string, latest: number) =>
  new DomainError('invalid-input', `${path} takes a journal row up to ${latest}.`, { fields: [{ path, message: `past ${latest}` }] })

/** A title as the name of a file, on every system. */
const nameOf = (title: string) =>
  title
    .replace(/[\p{Cc}\s/\\:*?"<>|]+/gu, ' ')
    .replace(/^[.\s]+|[.\s]+$/g, '')
    .slice(0, 120) || 'document'

/** Does what was asked, beside the node. It may run twice; the second leaves what the first made. */
export const makeExport = command('files.makeExport', {
  input: { exportId: z.uuid() },
  may: systemOnly,
  async prepares(view, { exportId }): Promise<Done<true> | undefined> {
    const wanted = await view.em.findOne(DocumentExport, exportId)
    if (!wanted || wanted.state === 'done' || wanted.state === 'failed') return undefined
    await view.em.nativeUpdate(DocumentExport, { id: exportId, state: 'queued' }, { state: 'working' })
    const made = await inWorker<Uint8Array>(await taskOf(view, wanted), (ids) => calledIn(view, ids))
    if (made.done === undefined) return { problem: made.problem }
    await keepFile(view, exportId, made.done)
    return { done: true }
  },
  async does(work, { exportId }, made) {
    const wanted = made && (await work.em.findOne(DocumentExport, exportId))
    if (!wanted) return
    wanted.state = made.done ? 'done' : 'failed'
    wanted.problem = made.problem ?? null
  },
})

async function taskOf(view: View, { documentName, format, ...asked }: DocumentExport): Promise<ExportTask> {
  const [at, redlineFrom] = [asked.at ?? null, asked.redlineFrom ?? null]
  const document = await findDocument(view, documentName)
  const { unopened: now, head } = await unopenedOf(view, document.id)
  const then = async (moment: number): Promise<Unopened> =>
    wholly(Y.encodeStateAsUpdate((await documentAt(view, document.id, moment)).document))
  const state = at === null || at >= head ? now : await then(at)
  const before =
    redlineFrom === null
      ? undefined
      : { state: await then(redlineFrom), changes: await changesBetween(view, document.id, redlineFrom, at ?? head) }
  return { kind: 'export', format, title: document.title, state, before }
}

/** A state as if it were one row. */
function wholly(state: Uint8Array): Unopened {
  const lengths = new Uint8Array(4)
  new DataView(lengths.buffer).setInt32(0, state.length)
  return { snapshot: undefined, rows: [{ updates: state, lengths }] }
}

async function calledIn(view: View, ids: string[]): Promise<Record<string, string>> {
  const nameOf = await namesOf(view, ids)
  return { ...Object.fromEntries(ids.map((id) => [id, nameOf(id) ?? 'Unknown'])), server: 'SmartStart' }
}

/** An export as it stands. To others than who asked for it, it looks absent. */
export const getExport = query('files.getExport', {
  input: { exportId: z.uuid() },
  may: signedIn,
  does: (view, { exportId }): Promise<DocumentExport> => mine(view, exportId),
})

async function mine(view: View, id: string): Promise<DocumentExport> {
  const found = await view.em.findOne(DocumentExport, { id, userId: userOf(view) })
  if (!found) throw notFound()
  return found
}

/** The file, while it is kept, for who asked for it and may still read the document. */
export const readExport = query('files.readExport', {
  input: { exportId: z.uuid() },
  may: signedIn,
  async does(view, { exportId }): Promise<{ made: DocumentExport; bytes: Uint8Array }> {
    const made = await mine(view, exportId)
    if (!parseDocumentName(made.documentName)) throw notFound()
    await roleOfActor(view, made.documentName)
    if (made.state !== 'done') throw new DomainError('conflict', made.problem ?? 'The file is not made yet.')
    return { made, bytes: await readKept(view, exportId) }
  },
})

/** Forgets, after a day, what was made and what was sent. */
export const forgetOldFiles = command('files.forgetOldFiles', {
  input: {},
  may: systemOnly,
  async does(work) {
    await forgetOldPieces(work)
    await work.em.nativeDelete(DocumentExport, { createdAt: { $lt: forgottenBefore(work) } })
  },
})
