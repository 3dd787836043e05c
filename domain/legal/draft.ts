/** Legal drafts: agreements while they are being written, live. */
import { z } from 'zod'
import { memberOperations } from '../access/member.ts'
import { edit, roleOfActor, signedIn, userOf } from '../access/permission.ts'
import { listSeen, type Seen, searching } from '../access/seen.ts'
import { showOne } from '../auth/shown.ts'
import { beginDocument } from '../documents/beginning.ts'
import { createDocument, retitleDocument } from '../documents/document.ts'
import { VariableName, VariableValue } from '../documents/variable.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { command, query, type Work } from '../kernel/operation.ts'
import type { Page } from '../kernel/page.ts'
import { DomainError } from '../kernel/errors.ts'
import { ifMatch, refuseStale } from '../kernel/version.ts'
import { intoVenture } from '../ventures/venture.ts'
import { DraftChanged, DraftCreated } from './events.ts'
import { type DraftKind, draftKinds } from './kind.ts'
import { beginningOf, TemplateId, templates } from './template.ts'

const DraftSchema = defineEntity({
  name: 'Draft',
  tableName: 'legal_draft',
  properties: {
    ...identity(),
    title: p.string().length(200),
    kind: p.string().$type<DraftKind>(),
    state: p.string().$type<'draft'>(),
    ventureId: p.uuid().nullable().index(),
    templateId: p.string().$type<TemplateId>().length(64).nullable(),
    version: p.integer().version(),
  },
})
/** A legal document; its text is the living document of the same id. */
export class Draft extends DraftSchema.class {}
DraftSchema.setClass(Draft)

export const draftSubject = ({ id }: { id: string }) => `legal:${id}`
const Title = z.string().trim().min(1).max(200)
const Kind = z.enum(draftKinds)

/** Makes a draft: empty, or with a template's text, whose variables are filled where it is known what belongs there. */
export const createDraft = command('legal.createDraft', {
  input: {
    title: Title.optional().describe("absent: the template's"),
    kind: Kind.optional().describe("absent: the template's, or agreement"),
    ventureId: z.uuid().optional(),
    templateId: TemplateId.optional(),
    variables: z.record(VariableName, VariableValue).optional().describe('values of the template’s variables'),
  },
  may: intoVenture,
  async prepares(view, { title, ventureId, templateId, variables }) {
    if (templateId) return { update: await beginningOf(view, { templateId, ventureId }, variables ?? {}) }
    const missing = title === undefined ? { path: 'title', message: 'needed without a template' } : undefined
    const extra = variables ? { path: 'variables', message: 'only with a template' } : undefined
    const fields = [missing, extra].filter((one) => one !== undefined)
    if (fields.length > 0) {
      throw new DomainError('invalid-input', fields.map(({ path, message }) => `${path}: ${message}`).join('; '), { fields })
    }
    return { update: undefined }
  },
  async does(work, input, { update }): Promise<Seen<Draft>> {
    const { ventureId, templateId } = input
    const template = templateId && templates[templateId]
    const title = input.title ?? (template as typeof template & object).title
    const kind = input.kind ?? template?.kind ?? 'agreement'
    return { thing: await addDraft(work, { title, kind, ventureId, templateId, update }), role: 'owner' }
  },
})

interface NewDraft {
  title: string
  kind: DraftKind
  ventureId?: string | undefined
  templateId?: TemplateId | undefined
  /** Its first words, as a Yjs update (V1) that an empty document takes. */
  update?: Uint8Array | undefined
  /** The one who asks, where nobody is named. */
  owner?: string
}

/** Makes a draft, with its living document. */
export async function addDraft(work: Work, { title, kind, ventureId, templateId, update, owner = userOf(work) }: NewDraft): Promise<Draft> {
  const id = newId()
  const told = { id, title, kind, state: 'draft' as const, ventureId: ventureId ?? null, templateId: templateId ?? null, version: 1 }
  const draft = work.em.create(Draft, told)
  work.em.persist(draft)
  createDocument(work, { kind: 'legal', id, title, ventureId, owner })
  // in this transaction, so that a draft is never seen without its text and a request with a key is done once
  if (update) await beginDocument(work, id, update, owner)
  const subject = draftSubject(draft)
  work.emit(DraftCreated, { subject, audience: [subject], data: { documentId: id, title, kind } })
  return draft
}

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
