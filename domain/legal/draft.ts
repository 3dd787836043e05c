/** Legal drafts: agreements while they are being written, live. */
import { z } from 'zod'
import { memberOperations } from '../access/member.ts'
import { edit, roleOfActor, signedIn } from '../access/permission.ts'
import { listSeen, type Seen, searching } from '../access/seen.ts'
import { showOne } from '../auth/shown.ts'
import { createDocument, retitleDocument } from '../documents/document.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { command, query } from '../kernel/operation.ts'
import type { Page } from '../kernel/page.ts'
import { ifMatch, refuseStale } from '../kernel/version.ts'
import { intoVenture } from '../ventures/venture.ts'
import { DraftChanged, DraftCreated } from './events.ts'

export const draftKinds = [
  'agreement',
  'nda',
  'contributor-agreement',
  'founders-agreement',
  'ip-assignment',
  'advisor-agreement',
  'investment-note',
  'charter',
  'other',
] as const
export type DraftKind = (typeof draftKinds)[number]

const DraftSchema = defineEntity({
  name: 'Draft',
  tableName: 'legal_draft',
  properties: {
    ...identity(),
    title: p.string().length(200),
    kind: p.string().$type<DraftKind>(),
    state: p.string().$type<'draft'>(),
    ventureId: p.uuid().nullable().index(),
    version: p.integer().version(),
  },
})
/** A legal document; its text is the living document of the same id. */
export class Draft extends DraftSchema.class {}
DraftSchema.setClass(Draft)

const draftSubject = ({ id }: { id: string }) => `legal:${id}`
const Title = z.string().trim().min(1).max(200)
const Kind = z.enum(draftKinds)

export const createDraft = command('legal.createDraft', {
  input: { title: Title, kind: Kind.default('agreement'), ventureId: z.uuid().optional() },
  may: intoVenture,
  async does(work, { title, kind, ventureId }): Promise<Seen<Draft>> {
    const draft = work.em.create(Draft, { id: newId(), title, kind, state: 'draft', ventureId: ventureId ?? null, version: 1 })
    work.em.persist(draft)
    createDocument(work, { kind: 'legal', id: draft.id, title, ventureId })
    const subject = draftSubject(draft)
    work.emit(DraftCreated, { subject, audience: [subject], data: { documentId: draft.id, title, kind } })
    return { thing: draft, role: 'owner' }
  },
})

export const getDraft = query('legal.getDraft', {
  input: { id: z.uuid() },
  may: signedIn,
  confirms: true,
  does: (view, { id }): Promise<Seen<Draft>> => showOne(view, Draft, 'legal', id),
})

/** The drafts that one may read, newest first. */
export const listDrafts = query('legal.listDrafts', {
  input: searching,
  may: signedIn,
  does: (view, input): Promise<Page<Seen<Draft>>> => listSeen(view, Draft, { kind: 'legal', title: 'title' }, input),
})

export const updateDraft = command('legal.updateDraft', {
  input: { id: z.uuid(), title: Title.optional(), kind: Kind.optional(), ifMatch },
  may: edit(draftSubject),
  async does(work, { id, title, kind, ifMatch }): Promise<Seen<Draft>> {
    const draft = await work.em.findOneOrFail(Draft, id)
    refuseStale(draft, ifMatch)
    if (title !== undefined) {
      draft.title = title
      await retitleDocument(work, id, title)
    }
    if (kind !== undefined) draft.kind = kind
    const subject = draftSubject(draft)
    work.emit(DraftChanged, { subject, audience: [subject], data: { documentId: id, title: draft.title, kind: draft.kind } })
    return { thing: draft, role: await roleOfActor(work, subject) }
  },
})

/** A draft's members are its document's. */
export const draftMembers = memberOperations('legal', { id: z.uuid() }, draftSubject, (change) => change)
