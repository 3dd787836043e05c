import { z } from 'zod'
import { Role } from '../domain/access/role.ts'
import type { Seen } from '../domain/access/seen.ts'
import { createDraft, type Draft, draftMembers, getDraft, listDrafts, updateDraft } from '../domain/legal/draft.ts'
import { draftKinds } from '../domain/legal/kind.ts'
import { TemplateId } from '../domain/legal/template.ts'
import { answer, get, pageOf, patch, post } from './endpoint.ts'
import { membersAt } from './members.ts'

export const DraftBody = z
  .object({
    id: z.uuid(),
    documentName: z.string().describe('its live text'),
    title: z.string(),
    kind: z.enum(draftKinds),
    state: z.enum(['draft']),
    ventureId: z.uuid().nullable(),
    templateId: TemplateId.nullable().describe('the template that it began with'),
    role: Role.describe('yours'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Draft' })

const draft = answer(
  DraftBody,
  ({ thing: { id, title, kind, state, ventureId, templateId, createdAt, updatedAt }, role }: Seen<Draft>) => ({
    id,
    documentName: `legal:${id}`,
    title,
    kind,
    state,
    ventureId: ventureId ?? null,
    templateId: templateId ?? null,
    role,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }),
  ({ thing }) => thing.version,
)

export const legal = [
  get('/legal/documents', listDrafts, pageOf(draft)),
  post('/legal/documents', createDraft, draft),
  get('/legal/documents/:id', getDraft, draft),
  patch('/legal/documents/:id', updateDraft, draft),
  ...membersAt('/legal/documents/:id', draftMembers),
]
