/** Decisions on suggestions: a row decides, once; the text follows. */
import { sql } from 'kysely'
import { z } from 'zod'
import { comment, edit, roleOfActor, systemOnly, userOf } from '../access/permission.ts'
import { reaches } from '../access/role.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Permission, type Ports, type View, type Work } from '../kernel/operation.ts'
import { type Decision, follow, type Verdict } from './decided.ts'
import { DocumentName, findDocument } from './document.ts'
import { SuggestionChanged, SuggestionsDecided } from './events.ts'
import type { Parts } from './suggested.ts'
import { findRow, type Known, readKnown, shown, type SuggestionSeen } from './suggestion.ts'
import { idOf, subjectOf } from './thread.ts'

interface Asked {
  documentName: string
}

/**
 * What is suggested, with all that is typed on this node up to now, once the text follows what was decided before: what is left under
 * such a mark came later. @throws DomainError conflict where the document is frozen
 */
async function ready(view: View, may: Permission<Asked>, input: Asked): Promise<Known> {
  await may(view, input)
  const { frozenAt } = await findDocument(view, input.documentName)
  if (frozenAt) throw new DomainError('conflict', 'The document is frozen: its suggestions stay as they are.')
  const followed = await followWaiting(view, input.documentName)
  await view.ports.write(input.documentName, null, () => undefined)
  return readKnown(view, idOf(input.documentName), followed)
}

interface Decided extends Asked {
  by: string
  verdicts: Verdict[]
}

/** Writes down what is decided. Answers that of which nobody had decided before. */
async function decide(work: Work, documentName: string, made: SuggestionSeen[], { parts }: Known, state: Decision): Promise<Decided> {
  const by = userOf(work)
  const deciding = made.map((one) => ({ ...one, parts: parts.get(one.id) }))
  const { rows } = await sql<{ id: string; mark: string }>`
    insert into suggestion (document, id, mark, user_id, kind, inserted, deleted, at, parts, state, decided_by, decided_at)
    select ${idOf(documentName)}::uuid, id, mark, "userId", kind, inserted, deleted, at, parts, ${state}, ${by}::uuid,
      ${work.now.toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(deciding)}::jsonb)
      as made(id uuid, mark uuid, "userId" uuid, kind text, inserted text, deleted text, at timestamptz, parts jsonb)
    on conflict (document, id) do update set state = excluded.state, kind = excluded.kind, inserted = excluded.inserted,
      deleted = excluded.deleted, parts = excluded.parts, decided_by = excluded.decided_by, decided_at = excluded.decided_at
      where suggestion.state = 'open'
    returning id, mark`.execute(work.em.getKysely() as never)
  for (const { id } of rows)
    work.emit(SuggestionChanged, {
      subject: documentName,
      audience: [documentName],
      data: { documentName, suggestionId: id, change: state },
    })
  // one for all: a reaction follows it
  if (rows.length > 0) work.emit(SuggestionsDecided, { subject: documentName, audience: [documentName], data: { documentName } })
  return { documentName, by, verdicts: rows.map(({ id, mark }) => ({ mark, state, parts: parts.get(id) as Parts })) }
}

/** Brings the text to what was decided, in the name of who did. Answers the number of the document's newest row. */
async function followLive(ports: Ports, { documentName, by, verdicts }: Decided): Promise<number> {
  const written = await ports.write(documentName, by, (document) => follow(document, verdicts))
  return written.head
}

interface Waiting {
  id: string
  mark: string
  state: Decision
  parts: Parts
  by: string
}

/** Brings the text to all decisions of which it is not known whether it follows them. Answers their ids. */
async function followWaiting({ em, ports }: View, documentName: string): Promise<string[]> {
  const { rows } = await sql<Waiting>`
    select id, mark, state, parts, decided_by as by from suggestion
    where document = ${idOf(documentName)} and state <> 'open' and not applied`.execute(em.getKysely() as never)
  for (const by of new Set(rows.map((row) => row.by)))
    await followLive(ports, { documentName, by, verdicts: rows.filter((row) => row.by === by) })
  return rows.map(({ id }) => id)
}

/** Says what was decided before. */
async function refuseDecided(view: View, documentName: string, id: string): Promise<never> {
  const [row] = await shown(view, [await findRow(view, idOf(documentName), id)])
  if (row?.state === 'gone') throw new DomainError('conflict', 'The words of this suggestion are gone.')
  throw new DomainError('conflict', `This suggestion was ${row?.state} already.`, {
    fields: [
      { path: 'state', message: String(row?.state) },
      { path: 'decidedBy', message: String(row?.decidedBy) },
    ],
  })
}

const decideOne = (name: string, state: Decision, may: Permission<Asked>) =>
  command(name, {
    input: { documentName: DocumentName, suggestionId: z.uuid() },
    may,
    async prepares(view, input) {
      const known = await ready(view, may, input)
      const made = known.open.find(({ id }) => id === input.suggestionId)
      if (!made) return refuseDecided(view, input.documentName, input.suggestionId)
      return { known, made }
    },
    async does(work, { documentName, suggestionId }, { known, made }) {
      // a suggestion can be taken back by who made it
      if (!reaches(await roleOfActor(work, documentName), 'editor') && made.userId !== userOf(work))
        throw new DomainError('forbidden', 'Editors decide on suggestions; you may take back your own.')
      const decided = await decide(work, documentName, [made], known, state)
      if (decided.verdicts.length === 0) return refuseDecided(work, documentName, suggestionId)
      const seen: SuggestionSeen = { ...made, state, decidedBy: decided.by, decidedAt: work.now }
      return { seen, decided }
    },
    async afterwards({ seen, decided }, ports): Promise<SuggestionSeen> {
      await followLive(ports, decided)
      return seen
    },
  })

/** Accepts a suggestion. @throws DomainError conflict where it is decided already, by whomever, and tells what; or its words are gone */
export const acceptSuggestion = decideOne('documents.acceptSuggestion', 'accepted', edit(subjectOf))

/** Rejects a suggestion; its author may, too. @throws DomainError as `acceptSuggestion` */
export const rejectSuggestion = decideOne('documents.rejectSuggestion', 'rejected', comment(subjectOf))

const decideAll = (name: string, state: Decision) =>
  command(name, {
    input: { documentName: DocumentName },
    may: edit(subjectOf),
    prepares: (view, input) => ready(view, edit(subjectOf), input),
    does: (work, { documentName }, known) => decide(work, documentName, known.open, known, state),
    async afterwards(decided, ports): Promise<{ decided: number; head: number }> {
      return { decided: decided.verdicts.length, head: await followLive(ports, decided) }
    },
  })

/** Accepts all that is open. What somebody decides at the same time stays as the first decided it. */
export const acceptSuggestions = decideAll('documents.acceptSuggestions', 'accepted')
export const rejectSuggestions = decideAll('documents.rejectSuggestions', 'rejected')

/** Brings the text to all decisions that it does not follow yet: where a node died in between. */
export const settleSuggestions = command('documents.settleSuggestions', {
  input: { documentName: DocumentName },
  may: systemOnly,
  async prepares(view, { documentName }): Promise<string[]> {
    return (await findDocument(view, documentName)).frozenAt ? [] : followWaiting(view, documentName)
  },
  async does(work, { documentName }, ids) {
    if (ids.length === 0) return
    // what they were made of is of no more use
    await sql`
      update suggestion set applied = true, parts = null
      where document = ${idOf(documentName)} and id = any(${sql.val(ids)}::uuid[])`.execute(work.em.getKysely() as never)
  },
})
