/** The stored draft. */
import { defineEntity, identity, p } from '../kernel/entity.ts'
import type { QueryContext } from '../kernel/operation.ts'
import type { DraftKind } from './draft-kind.ts'
import type { DocumentState } from './machine/document-state.ts'
import type { TemplateId } from './template.ts'

const DraftSchema = defineEntity({
  name: 'Draft',
  tableName: 'legal_draft',
  properties: {
    ...identity(),
    title: p.string().length(200),
    kind: p.string().$type<DraftKind>(),
    /** The state of its machine, which alone changes it. */
    state: p.string().$type<DocumentState>(),
    ventureId: p.uuid().nullable().index(),
    templateId: p.string().$type<TemplateId>().length(64).nullable(),
    /** Null where nobody knows: older drafts without an owner. */
    createdBy: p.uuid().nullable(),
    /** The draft that it continues, and the revision of which it began. */
    basedOn: p.uuid().nullable(),
    basedOnSeq: p.bigint('number').nullable(),
    version: p.integer().version(),
  },
})
/** A legal document; its text is the live document of the same id. */
export class Draft extends DraftSchema.class {}
DraftSchema.setClass(Draft)

export const draftSubject = ({ id }: { id: string }) => `legal:${id}`

/** Reads a draft, for other slices. @throws DomainError not-found */
export const findDraft = (view: QueryContext, id: string): Promise<Draft> => view.em.findOneOrFail(Draft, id)
