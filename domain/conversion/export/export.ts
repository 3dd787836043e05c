/**
 * Exports: a document at a revision, or a redline of two, as a file. Made by a job, and available to the person who requested it for a day.
 */
import type { EntityName } from '@mikro-orm/core'
import * as Y from 'yjs'
import { z } from 'zod'
import { getActorRole, requireViewer } from '../../access/permission.ts'
import { requireSessionId, requireSignedIn, requireSystem, requireUserId } from '../../kernel/permission.ts'
import { activeSessionSql, sessionEndedError } from '../../auth/session.ts'
import { DocumentName, findDocument, parseDocumentName } from '../../documents/document.ts'
import { resolveRevision } from '../../history/revision.ts'
import { readImportedAuthors } from '../../suggestions/imported.ts'
import { readNames } from '../../users/display-name.ts'
import { buildDocumentAt } from '../../history/state-at.ts'
import { toRawState, readRawState } from '../../documents/journal/raw-state.ts'
import { defineEntity, identity, newId, p } from '../../kernel/entity.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { command, query, type QueryContext } from '../../kernel/operation.ts'
import type { TaskResult } from '../../kernel/worker/worker-process.ts'
import { readChanges } from './change-reader.ts'
import { ExportRequested, ExportFinished } from '../events.ts'
import { deleteExpiredFiles, expiryTime, storeFile, readStoredFile } from '../../files/file-store.ts'
import { readExportedThreads } from '../../comments/exported.ts'
import { toFileName } from './file-name.ts'
import { type ExportedFile, type ExportTask, formats, type Format } from '../worker/task.ts'
import { fileWorker } from '../worker/conversion-worker.ts'

export const fileStates = ['queued', 'working', 'done', 'failed'] as const
export type FileState = (typeof fileStates)[number]
export { formats }

const fileExtensions: Record<Format, string> = { markdown: 'md', html: 'html', docx: 'docx', pdf: 'pdf' }

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
    comments: p.boolean(),
    state: p.string().$type<FileState>(),
    problem: p.text().nullable(),
    warnings: p.json<string[]>(),
  },
})
/** An export that a person requested. */
export class DocumentExport extends ExportSchema.class {}
ExportSchema.setClass(DocumentExport)

const RowInput = z.number().int().min(0)

export const exportDocument = command('files.exportDocument', {
  input: {
    documentName: DocumentName,
    format: z.enum(formats),
    at: RowInput.optional().describe('the journal row after which to export; absent: now'),
    redlineFrom: RowInput.optional().describe('shows the changes since this journal row'),
    comments: z.boolean().default(true).describe('whether a Word file of the present text has its comment threads'),
  },
  authorize: requireViewer(({ documentName }) => documentName),
  async execute(work, { documentName, format, at, redlineFrom, comments }): Promise<DocumentExport> {
    await assertPendingLimit(work, DocumentExport)
    const document = await findDocument(work, documentName)
    const latest = at ?? document.head
    if (latest > document.head) throw rowTooLate('at', document.head)
    if (redlineFrom !== undefined && redlineFrom > latest) throw rowTooLate('redlineFrom', latest)
    // a compacted row becomes the end of the session before it
    const moment = async (row: number | undefined) => (row === undefined ? null : resolveRevision(work, document, row))
    const name = toFileName(document.title, `${redlineFrom === undefined ? '' : ' (changes)'}.${fileExtensions[format]}`)
    const asked = {
      documentName,
      format,
      name,
      at: await moment(at),
      redlineFrom: await moment(redlineFrom),
      comments: comments && format === 'docx' && at === undefined && redlineFrom === undefined,
      state: 'queued' as const,
      problem: null,
      warnings: [],
    }
    const made = work.em.create(DocumentExport, { id: newId(), userId: requireUserId(work), ...asked })
    work.em.persist(made)
    work.emit(ExportRequested, { subject: `user:${made.userId}`, audience: [`user:${made.userId}`], data: { exportId: made.id } })
    return made
  },
})

/**
 * Checks how many files of the actor are waiting or in progress.
 * @throws DomainError rate-limited above the limit
 */
export async function assertPendingLimit(view: QueryContext, entity: EntityName<PendingFile>): Promise<void> {
  const most = view.ports.limits.maxPendingFiles
  if (most === Number.POSITIVE_INFINITY) return
  const waiting = await view.em.count(entity, { userId: requireUserId(view), state: { $in: ['queued', 'working'] } })
  if (waiting < most) return
  throw new DomainError('rate-limited', `You already have ${waiting} files in progress. Try again when one has finished.`, {
    retryAfter: 10,
  })
}

interface PendingFile {
  userId: string
  state: FileState
}

const rowTooLate = (path: string, latest: number) =>
  new DomainError('invalid-input', `${path} must be at most ${latest}.`, { fields: [{ path, message: `past ${latest}` }] })

/** Makes an export in the worker process. It may run twice; the second run keeps the file of the first. */
export const makeExport = command('files.makeExport', {
  input: { exportId: z.uuid() },
  authorize: requireSystem,
  async prepare(view, { exportId }): Promise<TaskResult<string[]> | undefined> {
    const wanted = await view.em.findOne(DocumentExport, exportId)
    if (!wanted || wanted.state === 'done' || wanted.state === 'failed') return undefined
    await view.autocommit.em.nativeUpdate(DocumentExport, { id: exportId, state: 'queued' }, { state: 'working' })
    const made = await fileWorker.run<ExportedFile>(wanted.userId, await createTask(view, wanted), (ids) => resolveNames(view, ids))
    if (made.done === undefined) return { problem: made.problem }
    await storeFile(view, exportId, [made.done.bytes])
    return { done: made.done.warnings }
  },
  async execute(work, { exportId }, made) {
    const wanted = made && (await work.em.findOne(DocumentExport, exportId))
    if (!wanted || wanted.state === 'done' || wanted.state === 'failed') return
    const state = made.done ? 'done' : 'failed'
    const problem = made.problem ?? null
    Object.assign(wanted, { state, problem, warnings: made.done ?? [] })
    const user = `user:${wanted.userId}`
    work.emit(ExportFinished, { subject: user, audience: [user], data: { exportId, state, problem } })
  },
})

async function createTask(view: QueryContext, { documentName, format, ...asked }: DocumentExport): Promise<ExportTask> {
  const [at, redlineFrom] = [asked.at ?? null, asked.redlineFrom ?? null]
  const document = await findDocument(view, documentName)
  const then = async (moment: number) => toRawState(Y.encodeStateAsUpdate((await buildDocumentAt(view, document.id, moment)).document))
  const newest = await readRawState(view, document.id)
  const state = at === null || at >= newest.head ? newest.state : await then(at)
  const before = redlineFrom === null ? undefined : await then(redlineFrom)
  return {
    kind: 'export',
    format,
    title: document.title,
    state,
    importedAuthors: Object.fromEntries(await readImportedAuthors(view, document.id)),
    threads: asked.comments ? await readExportedThreads(view, document.id) : [],
    fontsDir: view.ports.fontsDir,
    before: before && {
      state: before,
      changes: await readChanges(view, document.id, redlineFrom as number, at ?? newest.head),
    },
  }
}

async function resolveNames(view: QueryContext, ids: string[]): Promise<Record<string, string>> {
  const nameOf = await readNames(view, ids)
  return { ...Object.fromEntries(ids.map((id) => [id, nameOf(id) ?? 'Unknown'])), server: 'SmartStart' }
}

/** The status of an export. */
export type ExportStatus = Pick<DocumentExport, 'id' | 'state' | 'format' | 'name' | 'problem' | 'warnings'>

// polled until the file is there, so the statement verifies the session, too
const exportStatusStatement = {
  name: 'export status',
  text: `select e.id, e.state, e.format, e.name, e.problem, e.warnings from ${activeSessionSql('$1', '$2')}
    left join document_export e on e.id = $3 and e.user_id = $2`,
}

/** The status of an export. To everyone but the person who requested it, it looks absent. */
export const getExport = query('files.getExport', {
  input: { exportId: z.uuid() },
  authorize: requireSignedIn,
  verifiesSession: true,
  async execute(view, { exportId }): Promise<ExportStatus> {
    const [found] = await view.runPrepared<ExportStatus | { id: null }>(exportStatusStatement, [
      requireSessionId(view),
      requireUserId(view),
      exportId,
    ])
    if (!found) throw sessionEndedError()
    if (found.id === null) throw notFound()
    return found
  },
})

async function findOwnExport(view: QueryContext, id: string): Promise<DocumentExport> {
  const found = await view.em.findOne(DocumentExport, { id, userId: requireUserId(view) })
  if (!found) throw notFound()
  return found
}

/** The file, while it is stored, for the person who requested it and can still read the document. */
export const readExport = query('files.readExport', {
  input: { exportId: z.uuid() },
  authorize: requireSignedIn,
  async execute(view, { exportId }): Promise<{ made: DocumentExport; bytes: Uint8Array }> {
    const made = await findOwnExport(view, exportId)
    if (!parseDocumentName(made.documentName)) throw notFound()
    await getActorRole(view, made.documentName)
    if (made.state !== 'done') throw new DomainError('conflict', made.problem ?? 'The file is not ready yet.')
    return { made, bytes: Buffer.concat(await readStoredFile(view, exportId)) }
  },
})

/** Deletes exports and uploaded files after a day. */
export const forgetOldFiles = command('files.forgetOldFiles', {
  input: {},
  authorize: requireSystem,
  async execute(work) {
    await deleteExpiredFiles(work)
    await work.em.nativeDelete(DocumentExport, { createdAt: { $lt: expiryTime(work) } })
  },
})
