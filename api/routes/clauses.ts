import { z } from 'zod'
import { Role } from '../../domain/access/role.ts'
import type { WithRole } from '../../domain/access/with-role.ts'
import { type Clause, createClause, deleteClause, getClause, listClauses, updateClause } from '../../domain/legal/clause.ts'
import { type InsertedClause, insertClause, listClauseUses, noteClauseUse, type ClauseUseDetails } from '../../domain/legal/clause-use.ts'
import { jsonResponse, del, get, listResponse, patch, post, put } from '../http/endpoint.ts'
import { Prose } from './templates.ts'

/** A clause in a list. */
export const ClauseRowBody = z
  .object({
    id: z.uuid(),
    name: z.string(),
    tags: z.array(z.string()),
    excerpt: z.string().describe('its first words, at most 240 characters'),
    ventureId: z.uuid().nullable().describe('venture whose members can read it and whose editors can change it; null: only its owner'),
    ownerId: z.uuid().describe('its creator'),
    role: Role.describe('yours'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'ClauseRow' })
export const ClauseBody = ClauseRowBody.extend({ content: Prose }).meta({ id: 'Clause' })

const serializeRow = ({ entity, role }: WithRole<Clause>): z.infer<typeof ClauseRowBody> => ({
  id: entity.id,
  name: entity.name,
  tags: entity.tags,
  excerpt: entity.words
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 240)
    .replace(/\p{Cs}/gu, ''),
  ventureId: entity.ventureId ?? null,
  ownerId: entity.ownerId,
  role,
  createdAt: entity.createdAt.toISOString(),
  updatedAt: entity.updatedAt.toISOString(),
})
const row = jsonResponse(ClauseRowBody, serializeRow)
const clause = jsonResponse(
  ClauseBody,
  (seen: WithRole<Clause>) => ({ ...serializeRow(seen), content: seen.entity.content as z.infer<typeof Prose> }),
  ({ entity }) => entity.version,
)

export const ClauseUseBody = z
  .object({
    documentName: z.string(),
    title: z.string(),
    times: z.number().int().describe('how often it was inserted; the words may have changed since'),
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
  })
  .meta({ id: 'ClauseUse' })
const use = jsonResponse(ClauseUseBody, ({ draftId, title, times, firstAt, lastAt }: ClauseUseDetails) => ({
  documentName: `legal:${draftId}`,
  title,
  times,
  firstAt: firstAt.toISOString(),
  lastAt: lastAt.toISOString(),
}))

const inserted = jsonResponse(
  z.object({
    documentName: z.string(),
    clauseId: z.uuid(),
    head: z.number().int().describe('newest sequence number of its journal, with the insertion'),
  }),
  (done: InsertedClause) => done,
)

export const clauses = [
  get(
    '/legal/clauses',
    'Lists the clauses that you can read, newest first. `q` finds clauses that contain all of its words.',
    listClauses,
    listResponse(row),
  ),
  post('/legal/clauses', 'Adds a clause to your own library or to that of a venture.', createClause, clause),
  get('/legal/clauses/:clauseId', 'Returns one clause with its text.', getClause, clause),
  patch('/legal/clauses/:clauseId', 'Changes a clause. Documents that already contain it stay as they are.', updateClause, clause),
  del('/legal/clauses/:clauseId', 'Deletes a clause. Documents that already contain it stay as they are.', deleteClause),
  get('/legal/clauses/:clauseId/uses', 'Lists the drafts that contain a clause and that you can read.', listClauseUses, listResponse(use)),
  put('/legal/clauses/:clauseId/uses/:id', 'Records that you inserted a clause into a draft in your editor.', noteClauseUse),
  post('/legal/documents/:id/clauses', 'Inserts a clause into the live text of a draft.', insertClause, inserted),
]
