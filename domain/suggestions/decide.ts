/** Decisions on suggestions. A row records the decision, once; then the text follows it. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireCommenter, requireEditor, getActorRole } from '../access/permission.ts'
import { requireSystem, requireUserId } from '../kernel/permission.ts'
import { isAtLeast } from '../access/role.ts'
import { anyUuid } from '../kernel/db/any-uuid.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Permission, type Ports, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { applyDecisions } from './apply.ts'
import type { AppliedDecision, Decision } from './apply-text.ts'
import { DocumentName, findDocument } from '../documents/document.ts'
import { SuggestionChanged, SuggestionDecided } from './events.ts'
import type { SuggestionParts } from '../documents/richtext/suggestion-marks.ts'
import { findSuggestion, type OpenSuggestions, readOpenSuggestions, toDetails, type SuggestionDetails } from './suggestion.ts'
import { documentIdOf, documentSubject, resolveSuggestionThreads } from '../comments/thread.ts'

interface DocumentInput {
  documentName: string
}

/**
 * Reads the suggestions in the text, including what was typed on this node until now. Earlier decisions are applied first, so a mark that
 * is left is newer. @throws DomainError conflict where the document is frozen
 */
async function loadForDecision(view: QueryContext, { documentName }: DocumentInput): Promise<OpenSuggestions> {
  const { frozenAt } = await findDocument(view, documentName)
  if (frozenAt) throw new DomainError('conflict', 'The document is frozen: its suggestions stay as they are.')
  const followed = await applyPending(view, documentName)
  await view.ports.editDocument(documentName, null, () => undefined)
  return readOpenSuggestions(view, documentIdOf(documentName), followed)
}

interface DecisionSet extends DocumentInput {
  by: string
  decisions: AppliedDecision[]
}

/** Records decisions. @returns the suggestions that were still open */
async function recordDecisions(
  work: CommandContext,
  documentName: string,
  made: SuggestionDetails[],
  { parts }: OpenSuggestions,
  state: Decision,
): Promise<DecisionSet> {
  const by = requireUserId(work)
  const deciding = made.map((one) => ({ ...one, parts: parts.get(one.id) }))
  const { rows } = await sql<TableRow<'suggestion', 'id' | 'mark'>>`
    insert into suggestion (document, id, mark, user_id, kind, inserted, deleted, formatted, formats, at, parts, state, decided_by,
      decided_at)
    select ${documentIdOf(documentName)}::uuid, id, mark, "userId", kind, inserted, deleted, formatted, formats, at, parts, ${state}, ${by}::uuid,
      ${work.now.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(deciding)}::jsonb)
      as made(id uuid, mark uuid, "userId" uuid, kind text, inserted text, deleted text, formatted text, formats jsonb,
        at timestamptz, parts jsonb)
    on conflict (document, id) do update set state = excluded.state, kind = excluded.kind, inserted = excluded.inserted,
      deleted = excluded.deleted, formatted = excluded.formatted, formats = excluded.formats, parts = excluded.parts,
       decided_by = excluded.decided_by, decided_at = excluded.decided_at
      where suggestion.state = 'open'
    returning id, mark`.execute(work.db)
  for (const { id } of rows)
    work.emit(SuggestionChanged, {
      subject: documentName,
      audience: [documentName],
      data: { documentName, suggestionId: id, change: state },
    })
  await resolveSuggestionThreads(
    work,
    documentName,
    rows.map(({ id }) => id),
  )
  // one event for all decisions: a handler applies them
  if (rows.length > 0) work.emit(SuggestionDecided, { subject: documentName, audience: [documentName], data: { documentName } })
  return { documentName, by, decisions: rows.map(({ id, mark }) => ({ mark, state, parts: parts.get(id) as SuggestionParts })) }
}

/** Applies decisions to the text in the name of the person who decided. @returns the document's newest sequence number */
async function applyToDocument(ports: Ports, { documentName, by, decisions }: DecisionSet): Promise<number> {
  const written = await ports.editDocument(documentName, by, (document) => applyDecisions(document, decisions))
  return written.head
}

/** Applies all decisions that may not be in the text yet. @returns their ids */
async function applyPending({ db, ports }: QueryContext, documentName: string): Promise<string[]> {
  const rows = await db
    .selectFrom('suggestion')
    .select(['id', 'mark', 'state', 'parts', 'decided_by'])
    .where('document', '=', documentIdOf(documentName))
    .where('state', '<>', 'open')
    .where('applied', '=', false)
    .execute()
  for (const [by, its] of Map.groupBy(rows, ({ decided_by }) => decided_by as string)) {
    const decisions = its.map(({ mark, state, parts }) => ({ mark, state: state as Decision, parts: parts as SuggestionParts }))
    await applyToDocument(ports, { documentName, by, decisions })
  }
  return rows.map(({ id }) => id)
}

/** Describes an earlier decision. */
async function throwDecided(view: QueryContext, documentName: string, id: string): Promise<never> {
  const [row] = await toDetails(view, [await findSuggestion(view, documentIdOf(documentName), id)])
  if (row?.state === 'gone') throw new DomainError('conflict', 'The text of this suggestion no longer exists.')
  throw new DomainError('conflict', `This suggestion was ${row?.state} already.`, {
    fields: [
      { path: 'state', message: String(row?.state) },
      { path: 'decidedBy', message: String(row?.decidedBy) },
    ],
  })
}

const decideOne = (name: string, state: Decision, authorize: Permission<DocumentInput>) =>
  command(name, {
    input: { documentName: DocumentName, suggestionId: z.uuid() },
    authorize,
    async prepare(view, input) {
      const known = await loadForDecision(view, input)
      const made = known.open.find(({ id }) => id === input.suggestionId)
      if (!made) return throwDecided(view, input.documentName, input.suggestionId)
      return { known, made }
    },
    async execute(work, { documentName, suggestionId }, { known, made }) {
      // an author may withdraw their own suggestion
      if (!isAtLeast(await getActorRole(work, documentName), 'editor') && made.userId !== requireUserId(work))
        throw new DomainError('forbidden', 'Editors decide on suggestions; you may take back your own.')
      const decided = await recordDecisions(work, documentName, [made], known, state)
      if (decided.decisions.length === 0) return throwDecided(work, documentName, suggestionId)
      const seen: SuggestionDetails = { ...made, state, decidedBy: decided.by, decidedAt: work.now }
      return { seen, decided }
    },
    async afterCommit({ seen, decided }, ports): Promise<SuggestionDetails> {
      await applyToDocument(ports, decided)
      return seen
    },
  })

/** Accepts a suggestion. @throws DomainError conflict where it is decided already, or its words are gone */
export const acceptSuggestion = decideOne('documents.acceptSuggestion', 'accepted', requireEditor(documentSubject))

/** Rejects a suggestion; its author may, too. @throws DomainError as `acceptSuggestion` */
export const rejectSuggestion = decideOne('documents.rejectSuggestion', 'rejected', requireCommenter(documentSubject))

const decideAll = (name: string, state: Decision) =>
  command(name, {
    input: { documentName: DocumentName },
    authorize: requireEditor(documentSubject),
    prepare: loadForDecision,
    execute: (work, { documentName }, known) => recordDecisions(work, documentName, known.open, known, state),
    async afterCommit(decided, ports): Promise<{ decided: number; head: number }> {
      return { decided: decided.decisions.length, head: await applyToDocument(ports, decided) }
    },
  })

/** Accepts all open suggestions. Of two decisions at the same time, the first one holds. */
export const acceptSuggestions = decideAll('documents.acceptSuggestions', 'accepted')
export const rejectSuggestions = decideAll('documents.rejectSuggestions', 'rejected')

/** Applies all decisions that the text lacks, for example because a node died in between. */
export const applyPendingDecisions = command('documents.settleSuggestions', {
  input: { documentName: DocumentName },
  authorize: requireSystem,
  async prepare(view, { documentName }): Promise<string[]> {
    return (await findDocument(view, documentName)).frozenAt ? [] : applyPending(view, documentName)
  },
  async execute(work, { documentName }, ids) {
    if (ids.length === 0) return
    // their marks are no longer needed
    await work.db
      .updateTable('suggestion')
      .set({ applied: true, parts: null })
      .where('document', '=', documentIdOf(documentName))
      .where('id', '=', anyUuid(ids))
      .execute()
  },
})
