import { z } from 'zod'
import { Role } from '../../domain/access/role.ts'
import type { WithRole } from '../../domain/access/with-role.ts'
import type { Draft } from '../../domain/legal/draft-entity.ts'
import { createDraft, draftMembers, getDraft, listDrafts, updateDraft } from '../../domain/legal/draft.ts'
import { draftKinds } from '../../domain/legal/draft-kind.ts'
import { documentStates } from '../../domain/legal/machine/document-state.ts'
import { TemplateId } from '../../domain/legal/template.ts'
import { jsonResponse, get, listResponse, patch, post } from '../http/endpoint.ts'
import { memberEndpoints } from './members.ts'

export const DraftBody = z
  .object({
    id: z.uuid(),
    documentName: z.string().describe('its live text'),
    title: z.string(),
    kind: z.enum(draftKinds),
    state: z.enum(documentStates).describe('of its state machine'),
    ventureId: z.uuid().nullable(),
    templateId: TemplateId.nullable().describe('the template that it was created from'),
    basedOn: z
      .object({ id: z.uuid(), at: z.number().int() })
      .nullable()
      .describe('the draft that it continues, and the revision (journal row) with which it began'),
    role: Role.describe('yours'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Draft' })

/** A draft as its endpoints answer it. */
export const draft = jsonResponse(
  DraftBody,
  ({ entity: { id, title, kind, state, ventureId, templateId, basedOn, basedOnSeq, createdAt, updatedAt }, role }: WithRole<Draft>) => ({
    id,
    documentName: `legal:${id}`,
    title,
    kind,
    state,
    ventureId: ventureId ?? null,
    templateId: templateId ?? null,
    basedOn: basedOn ? { id: basedOn, at: basedOnSeq ?? 0 } : null,
    role,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }),
  ({ entity }) => entity.version,
)

export const legal = [
  get('/legal/documents', 'Lists the legal drafts that you can read, newest first.', listDrafts, listResponse(draft)),
  post('/legal/documents', 'Creates a legal draft, empty or from a template.', createDraft, draft),
  get('/legal/documents/:id', 'Returns one legal draft.', getDraft, draft),
  patch('/legal/documents/:id', 'Changes the title or the kind of a legal draft.', updateDraft, draft),
  ...memberEndpoints('/legal/documents/:id', 'a legal draft', draftMembers),
]
