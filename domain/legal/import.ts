/** Imports: a file becomes a new draft. Read in a job, beside the node; the draft and its words are made in one transaction. */
import { z } from 'zod'
import { roleOn } from '../access/grant.ts'
import { signedIn, systemOnly, userOf } from '../access/permission.ts'
import { reaches } from '../access/role.ts'
import type { FileState } from '../files/export.ts'
import type { Incoming } from '../files/incoming.ts'
import { forgetFile, forgottenBefore, keepFile, readKept } from '../files/kept-file.ts'
import { type Done, inWorker } from '../files/workshop.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query } from '../kernel/operation.ts'
import { intoVenture } from '../ventures/venture.ts'
import { addDraft } from './draft.ts'
import { ImportAsked, ImportRead } from './events.ts'

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
/** A file that somebody sent to be a draft. */
export class DocumentImport extends ImportSchema.class {}
ImportSchema.setClass(DocumentImport)

export const importDraft = command('legal.importDraft', {
  input: {
    name: z.string().trim().min(1).max(200).describe('of the file; its ending says as what it is read: .docx, .md, .html'),
    ventureId: z.uuid().optional(),
    bytes: z.instanceof(Uint8Array),
  },
  may: intoVenture,
  writesAhead: true,
  async prepares(view, input): Promise<string> {
    // nothing is kept for who may not
    await intoVenture(view, input)
    const id = newId()
    await keepFile(view, id, [input.bytes])
    return id
  },
  async does(work, { name, ventureId }, id): Promise<DocumentImport> {
    const userId = userOf(work)
    const asked = { name, ventureId: ventureId ?? null, state: 'queued' as const, documentName: null, problem: null, warnings: [] }
    const sent = work.em.create(DocumentImport, { id, userId, ...asked })
    work.em.persist(sent)
    work.emit(ImportAsked, { subject: `user:${userId}`, audience: [`user:${userId}`], data: { importId: id } })
    return sent
  },
})

/** Reads what was sent, and makes the draft in the name of who sent it. It may run twice; the second finds it done. */
export const readImport = command('legal.readImport', {
  input: { importId: z.uuid() },
  may: systemOnly,
  async prepares(view, { importId }): Promise<Done<Incoming> | undefined> {
    const sent = await view.em.findOne(DocumentImport, importId)
    if (!sent || sent.state === 'done' || sent.state === 'failed') return undefined
    await view.em.nativeUpdate(DocumentImport, { id: importId, state: 'queued' }, { state: 'working' })
    const bytes = await readKept(view, importId).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'not-found') return undefined
      throw error
    })
    return bytes
      ? inWorker<Incoming>({ kind: 'import', name: sent.name, bytes: [bytes] })
      : { problem: 'The file was not kept so long; send it again.' }
  },
  async does(work, { importId }, read) {
    const sent = read && (await work.em.findOne(DocumentImport, { id: importId, state: { $in: ['queued', 'working'] } }))
    if (!sent) return
    await forgetFile(work, importId)
    const end = (outcome: { state: 'done' | 'failed'; documentName: string | null; problem: string | null }) => {
      Object.assign(sent, outcome)
      const user = `user:${sent.userId}`
      work.emit(ImportRead, { subject: user, audience: [user], data: { importId, ...outcome } })
    }
    const fail = (problem: string) => end({ state: 'failed', documentName: null, problem })
    if (!read.done) return fail(read.problem ?? 'It cannot be read.')
    if (sent.ventureId) {
      const role = await roleOn(work, `venture:${sent.ventureId}`, sent.userId)
      if (!role || !reaches(role, 'editor')) return fail('You may no longer put a draft into this venture.')
    }
    const { title, update, warnings } = read.done
    const draft = await addDraft(work, { title, kind: 'agreement', ventureId: sent.ventureId ?? undefined, update, owner: sent.userId })
    sent.warnings = warnings
    return end({ state: 'done', documentName: `legal:${draft.id}`, problem: null })
  },
})

/** An import as it stands. To others than who sent it, it looks absent. */
export const getImport = query('legal.getImport', {
  input: { importId: z.uuid() },
  may: signedIn,
  async does(view, { importId }): Promise<DocumentImport> {
    const found = await view.em.findOne(DocumentImport, { id: importId, userId: userOf(view) })
    if (!found) throw notFound()
    return found
  },
})

export const forgetOldImports = command('legal.forgetOldImports', {
  input: {},
  may: systemOnly,
  async does(work) {
    await work.em.nativeDelete(DocumentImport, { createdAt: { $lt: forgottenBefore(work) } })
  },
})
