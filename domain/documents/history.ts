/** The history of a document as people read it: stretches of work, and the text at any moment. */
import type { JSONContent } from '@tiptap/core'
import { sql } from 'kysely'
import { z } from 'zod'
import { read } from '../access/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { query, type View } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { stretchesOf } from './authorship.ts'
import { type Block, blocksOf } from './passage.ts'
import { contentOf } from './content.ts'
import { DocumentName, findDocument } from './document.ts'
import { type Author, inOrder, namesOf, rowAt, rowInQuery, timeOf } from './moment.ts'
import { documentAt, documentsAt } from './past.ts'
import { textName } from './prose.ts'
import { htmlOf, type RedlineBlock, redlineOf } from './redline.ts'
import { longestPause, type Share } from './session.ts'
import { valuesOf } from './variable.ts'

const subjectOf = ({ documentName }: { documentName: string }) => documentName

/** A stretch of work: rows `from` to `to`, between which no pause was longer than five minutes. */
export interface Stint {
  from: number
  to: number
  startedAt: Date
  endedAt: Date
  edits: number
  /** Who edited most comes first. */
  authors: (Author & { edits: number })[]
}

type Piece = Omit<Stint, 'edits' | 'authors'> & { people: Share[] }

/** All stretches of work of a document, newest first. */
async function workOn(view: View, id: string): Promise<Piece[]> {
  const { rows } = await sql<{ from: string; to: string; start: string; end: string; people: Share[] | string }>`
    with row as (
      select seq, at, actor, case when at - lag(at) over (order by seq) > make_interval(secs => ${sql.lit(longestPause / 1000)}) then 1 else 0 end as apart
      from document_update where document = ${id}
    ), placed as (select seq, at, actor, sum(apart) over (order by seq) as place from row
    ), shared as (
      select place, actor, min(seq) as first, max(seq) as last, min(at) as start, max(at) as finish, count(*) as edits
      from placed group by place, actor)
    select from_seq as "from", to_seq as "to", started_at as start, ended_at as "end", people from document_session where document = ${id}
    union all
    select min(first), max(last), min(start), max(finish), jsonb_agg(jsonb_build_object('userId', actor, 'edits', edits)) from shared group by place
    order by 1`.execute(view.em.getKysely() as never)
  const work: Piece[] = []
  for (const { from, to, start, end, people } of rows) {
    const shares = (typeof people === 'string' ? JSON.parse(people) : people) as Share[]
    const piece = { from: Number(from), to: Number(to), startedAt: new Date(start), endedAt: new Date(end), people: [...shares] }
    const last = work.at(-1)
    if (last && piece.startedAt.getTime() - last.endedAt.getTime() <= longestPause) {
      last.to = piece.to
      last.endedAt = piece.endedAt
      for (const share of piece.people) {
        const known = last.people.find(({ userId }) => userId === share.userId)
        if (known) known.edits += share.edits
        else last.people.push({ ...share })
      }
    } else work.push(piece)
  }
  return work.reverse()
}

/** Stretches of work, newest first, whether folded or not. */
export const listWork = query('documents.listWork', {
  input: { documentName: DocumentName, ...paging },
  may: read(subjectOf),
  async does(view, { documentName, limit, cursor }): Promise<Page<Stint>> {
    const { id } = await findDocument(view, documentName)
    const after = readCursor(cursor)
    const all = await workOn(view, id)
    const rows = after ? all.filter(({ startedAt }) => startedAt.toISOString() < after.at) : all
    const nameOf = await namesOf(
      view,
      rows.slice(0, limit).flatMap(({ people }) => people.map(({ userId }) => userId)),
    )
    return pageOf(
      rows.slice(0, limit + 1),
      limit,
      ({ startedAt }) => ({ at: startedAt.toISOString(), id }),
      ({ people, ...piece }) => ({
        ...piece,
        edits: people.reduce((sum, { edits }) => sum + edits, 0),
        authors: people.map(({ userId, edits }) => ({ userId, name: nameOf(userId), edits })).sort((one, other) => other.edits - one.edits),
      }),
    )
  },
})

/** A text as it was. */
export interface PastState {
  /** The row after which it was so. */
  at: number
  /** When that row came; null before the first. */
  time: Date | null
  /** ProseMirror JSON. */
  content: JSONContent
  /** The values of its live fields as they were, by name. */
  variables: Record<string, string>
}

/** The text as it was at a moment (`at` a row, or `time`; the newest without either): what `at` it answers says which. */
export const readState = query('documents.readState', {
  input: { documentName: DocumentName, at: rowInQuery.optional(), time: z.iso.datetime({ offset: true }).optional() },
  may: read(subjectOf),
  async does(view, { documentName, at, time }): Promise<PastState> {
    if (at !== undefined && time !== undefined)
      throw new DomainError('invalid-input', 'Either `at` or `time`.', { fields: [{ path: 'time', message: 'stands beside `at`' }] })
    const { id, head } = await findDocument(view, documentName)
    const row = time ? await rowAt(view, id, new Date(time)) : (at ?? head)
    const past = await documentAt(view, id, row)
    const variables = Object.fromEntries(valuesOf(past.document))
    return { at: past.at, time: await timeOf(view, id, past.at), content: await contentOf(past.document), variables }
  },
})

/** Who wrote the text: how many signs each, and in the order of the text. */
export interface Authorship {
  at: number
  people: (Author & { signs: number })[]
  runs: { userId: string | null; text: string }[]
}

/** Who wrote which words of the text, at a moment. Blocks are parted by a line's end, which is of who began the next. */
export const readAuthorship = query('documents.readAuthorship', {
  input: { documentName: DocumentName, at: rowInQuery.optional() },
  may: read(subjectOf),
  async does(view, { documentName, at }): Promise<Authorship> {
    const { id, head } = await findDocument(view, documentName)
    const past = await documentAt(view, id, at ?? head)
    const runs: Authorship['runs'] = []
    const signs = new Map<string | null, number>()
    const add = (userId: string | null, text: string) => {
      const last = runs.at(-1)
      if (last?.userId === userId) last.text += text
      else runs.push({ userId, text })
    }
    for (const [place, block] of blocksOf(past.document.getXmlFragment(textName), await stretchesOf(view, id)).entries()) {
      if (place > 0) add(block.runs[0]?.userId ?? runs.at(-1)?.userId ?? null, '\n')
      let start = 0
      for (const { length, userId } of block.runs) {
        add(userId, block.text.slice(start, (start += length)))
        signs.set(userId, (signs.get(userId) ?? 0) + length)
      }
    }
    const nameOf = await namesOf(view, signs.keys())
    const people = [...signs].map(([userId, count]) => ({ userId, name: nameOf(userId), signs: count }))
    return { at: past.at, people: people.sort((one, other) => other.signs - one.signs), runs }
  },
})

/** What became of a text between two moments, with who wrote what. For all that shows or exports a redline. */
export async function redlineBetween(
  view: View,
  id: string,
  from: number,
  to: number,
): Promise<{ from: number; to: number; blocks: RedlineBlock[] }> {
  const stretches = await stretchesOf(view, id)
  const texts: Block[][] = []
  const at = await documentsAt(view, id, [from, to], (document) => void texts.push(blocksOf(document.getXmlFragment(textName), stretches)))
  const [before = [], after = []] = texts
  return { from: at[0], to: at[1], blocks: redlineOf(before, after) }
}

/** A redline as it is told. */
export interface Redline {
  from: number
  to: number
  /** Who wrote words that came or went, in the order of the text. */
  authors: Author[]
  blocks: RedlineBlock[]
  html: string
}

/** A redline between two moments, as blocks of words and as HTML. */
export const readRedline = query('documents.readRedline', {
  input: { documentName: DocumentName, from: rowInQuery, to: rowInQuery.optional() },
  may: read(subjectOf),
  async does(view, { documentName, from, to }): Promise<Redline> {
    const { id, head } = await findDocument(view, documentName)
    inOrder(from, to ?? head)
    const redline = await redlineBetween(view, id, from, to ?? head)
    const changed = redline.blocks.flatMap(({ words }) => words.filter(({ change }) => change !== 'same'))
    const ids = [...new Set(changed.map(({ userId }) => userId))]
    const nameOf = await namesOf(view, ids)
    const authors = ids.map((userId) => ({ userId, name: nameOf(userId) }))
    return { ...redline, authors, html: htmlOf(redline.blocks, nameOf) }
  },
})
