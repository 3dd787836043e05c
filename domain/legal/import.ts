/** Imports: a file becomes a new draft. A job reads the file in a worker; the draft and its text are created in one transaction. */
import { z } from 'zod'
import { readRole } from '../access/grant.ts'
import { requireSignedIn, requireSystem, requireUserId } from '../kernel/permission.ts'
import { isAtLeast } from '../access/role.ts'
import { type FileState, assertPendingLimit } from '../conversion/export/export.ts'
import type { ImportedDocument } from '../conversion/import/file-parser.ts'
import { deleteStoredFile, expiryTime, storeFile, readStoredFile } from '../files/file-store.ts'
import { insertImportedThreads } from '../comments/imported.ts'
import { insertImportedSuggestions } from '../suggestions/imported.ts'
import { fileWorker } from '../conversion/worker/conversion-worker.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query } from '../kernel/operation.ts'
import type { TaskResult } from '../kernel/worker/worker-process.ts'
import { requireVentureEditor } from '../ventures/venture.ts'
import { insertDraft } from './draft.ts'
import { ImportRequested, ImportFinished } from './events.ts'
import { singleLine } from '../kernel/text/well-formed.ts'

const ImportSchema = defineEntity({
  name: 'DocumentImport',
  tableName: 'document_import',
  properties: {
    ...identity(),
    userId: p.uuid(),
    ventureId: p.uuid().nullable(),
    name: p.string(),
    state: p.string().$type<FileState>(),
    documentName: p.string().nullable(),
    problem: p.text().nullable(),
    warnings: p.json<string[]>(),
  },
})
/** An uploaded file that becomes a draft. */
export class DocumentImport extends ImportSchema.class {}
ImportSchema.setClass(DocumentImport)

export const importDraft = command('legal.importDraft', {
  input: {
    name: singleLine(200).describe('name of the file; its ending decides how it is read: .docx, .md, .txt, .html'),
    ventureId: z.uuid().optional(),
    bytes: z.instanceof(Uint8Array),
  },
  authorize: requireVentureEditor,
  writesBeforeCommit: true,
  async prepare(view, { bytes }): Promise<string> {
    await assertPendingLimit(view, DocumentImport)
    const id = newId()
    await storeFile(view, id, [bytes])
    return id
  },
  async execute(work, { name, ventureId }, id): Promise<DocumentImport> {
    const userId = requireUserId(work)
    const asked = { name, ventureId: ventureId ?? null, state: 'queued' as const, documentName: null, problem: null, warnings: [] }
    const sent = work.em.create(DocumentImport, { id, userId, ...asked })
    work.em.persist(sent)
    work.emit(ImportRequested, { subject: `user:${userId}`, audience: [`user:${userId}`], data: { importId: id } })
    return sent
  },
})

/** Reads what was sent, and makes the draft in the name of who sent it. It may run twice; the second finds it done. */
export const readImport = command('legal.readImport', {
  input: { importId: z.uuid() },
  authorize: requireSystem,
  async prepare(view, { importId }): Promise<TaskResult<ImportedDocument> | undefined> {
    const sent = await view.em.findOne(DocumentImport, importId)
    if (!sent || sent.state === 'done' || sent.state === 'failed') return undefined
    await view.autocommit.em.nativeUpdate(DocumentImport, { id: importId, state: 'queued' }, { state: 'working' })
    const bytes = await readStoredFile(view, importId).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'not-found') return undefined
      throw error
    })
    return bytes
      ? fileWorker.run<ImportedDocument>(sent.userId, {
          kind: 'import',
          name: sent.name,
          file: Buffer.concat(bytes),
          by: { userId: sent.userId, now: view.now.toISOString() },
        })
      : { problem: 'The file was not kept so long; send it again.' }
  },
  async execute(work, { importId }, read) {
    const sent = read && (await work.em.findOne(DocumentImport, { id: importId, state: { $in: ['queued', 'working'] } }))
    if (!sent) return
    await deleteStoredFile(work, importId)
    const end = (outcome: { state: 'done' | 'failed'; documentName: string | null; problem: string | null }) => {
      Object.assign(sent, outcome)
      const user = `user:${sent.userId}`
      work.emit(ImportFinished, { subject: user, audience: [user], data: { importId, ...outcome } })
    }
    const fail = (problem: string) => end({ state: 'failed', documentName: null, problem })
    if (!read.done) return fail(read.problem ?? 'It cannot be read.')
    if (sent.ventureId) {
      const role = await readRole(work, `venture:${sent.ventureId}`, sent.userId)
      if (!role || !isAtLeast(role, 'editor')) return fail('You may no longer put a draft into this venture.')
    }
    const { title, update, warnings, suggestions, threads } = read.done
    const draft = await insertDraft(work, { title, kind: 'agreement', ventureId: sent.ventureId ?? undefined, update, owner: sent.userId })
    await insertImportedSuggestions(work, draft.id, suggestions)
    await insertImportedThreads(work, draft.id, threads, sent.userId)
    sent.warnings = warnings
    return end({ state: 'done', documentName: `legal:${draft.id}`, problem: null })
  },
})

/** An import as it stands. To others than who sent it, it looks absent. */
export const getImport = query('legal.getImport', {
  input: { importId: z.uuid() },
  authorize: requireSignedIn,
  async execute(view, { importId }): Promise<DocumentImport> {
    const found = await view.em.findOne(DocumentImport, { id: importId, userId: requireUserId(view) })
    if (!found) throw notFound()
    return found
  },
})

export const forgetOldImports = command('legal.forgetOldImports', {
  input: {},
  authorize: requireSystem,
  async execute(work) {
    await work.em.nativeDelete(DocumentImport, { createdAt: { $lt: expiryTime(work) } })
  },
})
