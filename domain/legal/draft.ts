/** Legal drafts: agreements while they are being written, live. */
import { z } from 'zod'
import { memberOperations } from '../access/member.ts'
import { requireEditor, getActorRole } from '../access/permission.ts'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import { listVisible, type WithRole, searchInput } from '../access/with-role.ts'
import { getVisible } from '../auth/session-scoped-read.ts'
import { insertInitialUpdate } from '../documents/initial-content.ts'
import { createDocument, findDocument, updateDocumentTitle } from '../documents/document.ts'
import { VariableName, VariableValue } from '../documents/richtext/variables.ts'
import { newId } from '../kernel/entity.ts'
import { command, query, type CommandContext } from '../kernel/operation.ts'
import type { Page } from '../kernel/pagination.ts'
import { DomainError } from '../kernel/errors.ts'
import { ifMatch, assertVersion } from '../kernel/etag.ts'
import { requireVentureEditor } from '../ventures/venture.ts'
import { LegalDocumentChanged, LegalDocumentCreated } from './events.ts'
import { startMachine } from '../workflows/machine.ts'
import { Draft, draftSubject } from './draft-entity.ts'
import { type DraftKind, draftKinds } from './draft-kind.ts'
import type { DocumentState } from './machine/document-state.ts'
import { legalDocumentMachine } from './machine/document-machine.ts'
import { renderTemplate, TemplateId, templates } from './template.ts'
import { singleLine } from '../kernel/text/well-formed.ts'

const Title = singleLine(200)
const Kind = z.enum(draftKinds)

/** Creates a draft: empty, or from a template, whose variables are filled in where their values are known. */
export const createDraft = command('legal.createDraft', {
  input: {
    title: Title.optional().describe("absent: the template's"),
    kind: Kind.optional().describe("absent: the template's, or agreement"),
    ventureId: z.uuid().optional(),
    templateId: TemplateId.optional(),
    variables: z.record(VariableName, VariableValue).optional().describe('values of the template’s variables'),
  },
  authorize: requireVentureEditor,
  async prepare(view, { title, ventureId, templateId, variables }) {
    if (templateId) return { update: await renderTemplate(view, { templateId, ventureId }, variables ?? {}) }
    const missing = title === undefined ? { path: 'title', message: 'required without a template' } : undefined
    const extra = variables ? { path: 'variables', message: 'only allowed with a template' } : undefined
    const fields = [missing, extra].filter((one) => one !== undefined)
    if (fields.length > 0) {
      throw new DomainError('invalid-input', fields.map(({ path, message }) => `${path}: ${message}`).join('; '), { fields })
    }
    return { update: undefined }
  },
  async execute(work, input, { update }): Promise<WithRole<Draft>> {
    const { ventureId, templateId } = input
    const template = templateId && templates[templateId]
    const title = input.title ?? (template as typeof template & object).title
    const kind = input.kind ?? template?.kind ?? 'agreement'
    return { entity: await insertDraft(work, { title, kind, ventureId, templateId, update }), role: 'owner' }
  },
})

interface NewDraft {
  title: string
  kind: DraftKind
  ventureId?: string | undefined
  templateId?: TemplateId | undefined
  /** Its initial content, as an update (Yjs V1) for an empty document. */
  update?: Uint8Array | undefined
  /** The draft that it continues, and the revision. */
  basedOn?: { id: string; at: number } | undefined
  /** The person who runs the command, where absent. */
  owner?: string
}

/** Creates a draft with its live document. */
export async function insertDraft(
  work: CommandContext,
  { title, kind, ventureId, templateId, update, basedOn, owner = requireUserId(work) }: NewDraft,
): Promise<Draft> {
  const id = newId()
  const fields = {
    id,
    title,
    kind,
    state: legalDocumentMachine.initial as DocumentState,
    ventureId: ventureId ?? null,
    templateId: templateId ?? null,
    createdBy: owner,
    basedOn: basedOn?.id ?? null,
    basedOnSeq: basedOn?.at ?? null,
    version: 1,
  }
  const draft = work.em.create(Draft, fields)
  work.em.persist(draft)
  await createDocument(work, { kind: 'legal', id, title, ventureId, owner })
  // in this transaction, so that a draft is never visible without its text
  if (update) await insertInitialUpdate(work, id, update, owner)
  const subject = draftSubject(draft)
  await startMachine(work, legalDocumentMachine, id)
  work.emit(LegalDocumentCreated, { subject, audience: [subject], data: { documentId: id, title, kind } })
  return draft
}

export const getDraft = query('legal.getDraft', {
  input: { id: z.uuid() },
  authorize: requireSignedIn,
  verifiesSession: true,
  execute: (view, { id }): Promise<WithRole<Draft>> => getVisible(view, Draft, 'legal', id),
})

/** The drafts that the actor can read, newest first. */
export const listDrafts = query('legal.listDrafts', {
  input: searchInput,
  authorize: requireSignedIn,
  execute: (view, input): Promise<Page<WithRole<Draft>>> => listVisible(view, Draft, { kind: 'legal', title: 'title' }, input),
})

export const updateDraft = command('legal.updateDraft', {
  input: { id: z.uuid(), title: Title.optional(), kind: Kind.optional(), ifMatch },
  authorize: requireEditor(draftSubject),
  async execute(work, { id, title, kind, ifMatch }): Promise<WithRole<Draft>> {
    const draft = await work.em.findOneOrFail(Draft, id)
    assertVersion(draft, ifMatch)
    const subject = draftSubject(draft)
    if (title !== undefined && title !== draft.title) {
      await assertNotFrozen(work, subject)
      draft.title = title
      await updateDocumentTitle(work, id, title)
    }
    if (kind !== undefined) draft.kind = kind
    work.emit(LegalDocumentChanged, { subject, audience: [subject], data: { documentId: id, title: draft.title, kind: draft.kind } })
    return { entity: draft, role: await getActorRole(work, subject) }
  },
})

/** The title is a part of what people sign. @throws DomainError conflict */
async function assertNotFrozen(work: CommandContext, name: string): Promise<void> {
  const { frozenAt } = await findDocument(work, name)
  if (frozenAt) throw new DomainError('conflict', 'The document was sent to be signed: its title cannot be changed.')
}

/** A draft's members are its document's. */
export const draftMembers = memberOperations('legal', { id: z.uuid() }, draftSubject, (change) => change)
