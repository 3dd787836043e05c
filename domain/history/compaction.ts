/** Compacts old journal rows into edit sessions, a bounded amount at a time. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import { z } from 'zod'
import { requireSystem } from '../kernel/permission.ts'
import { command, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { applyStoredUpdate } from '../documents/limits/update-limits.ts'
import { readKeptRevisions } from './kept-revision.ts'
import { buildState } from './state-at.ts'
import { createReplica } from '../documents/journal/replica.ts'
import { readRows } from '../documents/journal/row-reader.ts'
import { splitIntoSessions, compactRows, maxSessionRows, compress, type EditSession } from '../documents/journal/edit-session.ts'
import { bytesSinceState, type CompactionTask, findCompactionTasks, replaceRows } from '../documents/journal/compaction-rows.ts'

/** The newest rows of each document, which are never compacted. */
export const recentRows = 10_000
/**
 * Rows younger than this are not compacted, milliseconds: a node that was cut off catches up from the rows if it comes back within this
 * time.
 */
const minAgeMs = 60 * 60_000
/** Limits of one call, and for one document, so that it ends within seconds. */
const maxDocuments = 20
const maxSessions = 10
/**
 * A whole state is stored when the edit sessions since the last one have this share of its bytes. All states together then take about four
 * times as much as the sessions.
 */
const stateByteShare = 0.25

interface CompactedDocument {
  id: string
  sessions: EditSession[]
}

/**
 * Compacts old rows of journals into edit sessions, which replace the rows. Does a bounded amount of work. Never a row above the document's
 * snapshot, from which documents are loaded.
 * @returns how many rows it compacted; 0 when nothing is left to do
 */
export const compactHistory = command('documents.foldHistory', {
  input: {
    /** One document; all when absent. */
    id: z.uuid().optional(),
    newest: z.number().int().min(0).default(recentRows),
    youngest: z.number().int().min(0).default(minAgeMs),
  },
  authorize: requireSystem,
  async prepare(view, { id, newest, youngest }): Promise<CompactedDocument[]> {
    const done: CompactedDocument[] = []
    for (const due of await findCompactionTasks(view, { id, recentRows: newest, maxDocuments }))
      done.push({ id: due.id, sessions: await buildSessions(view, due, youngest) })
    return done
  },
  async execute(work, _input, done): Promise<number> {
    let rows = 0
    for (const { id, sessions } of done) for (const session of sessions) rows += await replaceUnnamedRows(work, id, session)
    return rows
  },
})

async function buildSessions(view: QueryContext, { id, compactedTo, until }: CompactionTask, youngest: number): Promise<EditSession[]> {
  const before = view.now.getTime() - youngest
  const rows = await readRows(view, id, compactedTo, Math.min(until, compactedTo + maxSessionRows * maxSessions))
  const sessions: EditSession[] = []
  const updates: Uint8Array[] = []
  for (const part of splitIntoSessions(
    rows.filter(({ at }) => at <= before),
    await readVersionRows(view, id),
  ).slice(0, maxSessions)) {
    const { session, update } = await compactRows(part)
    sessions.push(session)
    updates.push(update)
  }
  const last = sessions.at(-1)
  if (last && (await needsState(view, id, sessions))) {
    const { document } = await buildState(view, id, compactedTo, compactedTo, createReplica())
    document.transact(() => {
      for (const update of updates) applyStoredUpdate(document, update, { v2: true })
    })
    last.state = await compress(Y.encodeStateAsUpdate(document))
    document.destroy()
  }
  return sessions
}

/** Versions, and revisions that other slices refer to, must stay exact, so an edit session ends at each. */
async function readVersionRows(view: QueryContext, id: string): Promise<Set<number>> {
  const rows = await view.db.selectFrom('document_version').select('at').where('document', '=', id).execute()
  return new Set([...rows.map(({ at }) => Number(at)), ...(await readKeptRevisions(view, id))])
}

async function needsState(view: QueryContext, id: string, sessions: EditSession[]): Promise<boolean> {
  const { stateBytes, editBytes } = await bytesSinceState(view, id)
  const since = editBytes + sessions.reduce((sum, { edits }) => sum + edits.length, 0)
  return since >= Math.max(4096, stateBytes * stateByteShare)
}

/** Replaces rows by their session. @returns how many; 0 where another node did it, or a row of the session must stay exact by now */
async function replaceUnnamedRows(work: CommandContext, id: string, session: EditSession): Promise<number> {
  const { from, to } = session
  if ((await readKeptRevisions(work, id)).some((seq) => seq >= from && seq < to)) return 0
  const versions = sql`select from document_version where document = ${id} and at >= ${from}::bigint and at < ${to}::bigint`
  return replaceRows(work, id, session, sql<boolean>`not exists (${versions})`)
}
