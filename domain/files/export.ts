/** Exports: a document at a moment, or what changed between two, as a file. Made in a job, fetched by who asked for it, for a day. */
import * as Y from 'yjs'
import { z } from 'zod'
import { read, roleOfActor, signedIn, systemOnly, userOf } from '../access/permission.ts'
import { liveSession, sessionEnded } from '../auth/session.ts'
import { DocumentName, findDocument, parseDocumentName } from '../documents/document.ts'
import { namesOf, reachable } from '../documents/moment.ts'
import { documentAt } from '../documents/past.ts'
import { asUnopened, readUnopened } from '../documents/unopened.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type View } from '../kernel/operation.ts'
import { changesBetween } from './changes.ts'
import { ExportAsked, ExportMade } from './events.ts'
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
    const made = await inWorker<Uint8Array[]>(await taskOf(view, wanted), (ids) => calledIn(view, ids))
    if (made.done === undefined) return { problem: made.problem }
    await keepFile(view, exportId, made.done)
    return { done: true }
  },
  async does(work, { exportId }, made) {
    const wanted = made && (await work.em.findOne(DocumentExport, exportId))
    if (!wanted || wanted.state === 'done' || wanted.state === 'failed') return
    const state = made.done ? 'done' : 'failed'
    const problem = made.problem ?? null
    Object.assign(wanted, { state, problem })
    const user = `user:${wanted.userId}`
    work.emit(ExportMade, { subject: user, audience: [user], data: { exportId, state, problem } })
  },
})

async function taskOf(view: View, { documentName, format, ...asked }: DocumentExport): Promise<ExportTask> {
  const [at, redlineFrom] = [asked.at ?? null, asked.redlineFrom ?? null]
  const document = await findDocument(view, documentName)
  const then = async (moment: number) => asUnopened(Y.encodeStateAsUpdate((await documentAt(view, document.id, moment)).document))
  const newest = await readUnopened(view, document.id)
  const now = at === null || at >= newest.head ? newest : await then(at)
  const before = redlineFrom === null ? undefined : await then(redlineFrom)
  return {
    kind: 'export',
    format,
    title: document.title,
    state: now.unopened,
    before: before && {
      state: before.unopened,
      changes: await changesBetween(view, document.id, redlineFrom as number, at ?? newest.head),
    },
    bytes: [now.bytes, ...(before ? [before.bytes] : [])],
  }
}

async function calledIn(view: View, ids: string[]): Promise<Record<string, string>> {
  const nameOf = await namesOf(view, ids)
  return { ...Object.fromEntries(ids.map((id) => [id, nameOf(id) ?? 'Unknown'])), server: 'SmartStart' }
}

/** What is told of an export. */
export type ExportStanding = Pick<DocumentExport, 'id' | 'state' | 'format' | 'name' | 'problem'>

// asked again and again until the file is there, so it looks at the session too
const standing = {
  name: 'export standing',
  text: `select e.id, e.state, e.format, e.name, e.problem from ${liveSession('$1', '$2')}
    left join document_export e on e.id = $3 and e.user_id = $2`,
}

/** An export as it stands. To others than who asked for it, it looks absent. */
export const getExport = query('files.getExport', {
  input: { exportId: z.uuid() },
  may: signedIn,
  confirms: true,
  async does(view, { exportId }): Promise<ExportStanding> {
    const { sessionId } = view.actor as { sessionId: string }
    const [found] = await view.read<ExportStanding | { id: null }>(standing, [sessionId, userOf(view), exportId])
    if (!found) throw sessionEnded()
    if (found.id === null) throw notFound()
    return found
  },
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
    return { made, bytes: Buffer.concat(await readKept(view, exportId)) }
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
