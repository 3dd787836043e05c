import { z } from 'zod'
import { ListStyleSchema } from '../../domain/documents/richtext/list-styles.ts'
import type { JsonText } from '../../domain/kernel/text/json-text.ts'
import type { Authorship, PastState, Redline, RevisionChanges } from '../../domain/history/worker/computations.ts'
import {
  listEditSessions,
  readAuthorship,
  readChanges,
  readRedline,
  readState,
  type EditSessionSummary,
} from '../../domain/history/timeline.ts'
import { type HeadResult, restoreDocument, undoWork } from '../../domain/history/restore.ts'
import { dropVersion, listVersions, nameVersion, type VersionDetails } from '../../domain/history/version.ts'
import { type ResponseFormat, action, jsonResponse, del, get, listResponse, post } from '../http/endpoint.ts'

/** Sends JSON that is already serialized. */
export const writtenJsonResponse = <O, B>({ schema, serialize }: ResponseFormat<O, B>): ResponseFormat<O | JsonText, B> => ({
  schema,
  serialize: serialize as (outcome: O | JsonText) => B,
})

const row = z.number().int().describe('sequence number in the journal')
const userId = z.uuid().nullable().describe('null: SmartStart itself, or unknown')
const name = z.string().nullable().describe('null where the id is null; "Deleted account" for a deleted account')

export const EditSessionBody = z
  .object({
    from: row,
    to: row,
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    edits: z.number().int(),
    authors: z.array(z.object({ userId, name, edits: z.number().int() })),
  })
  .meta({ id: 'EditSession', description: 'An edit session: no pause in it was longer than five minutes' })

const editSession = jsonResponse(EditSessionBody, ({ startedAt, endedAt, ...rest }: EditSessionSummary) => ({
  ...rest,
  startedAt: startedAt.toISOString(),
  endedAt: endedAt.toISOString(),
}))

export const StateBody = z
  .object({
    at: row,
    time: z.iso.datetime().nullable().describe('null before the first edit'),
    content: z.record(z.string(), z.unknown()).describe('ProseMirror JSON'),
    variables: z.record(z.string(), z.string()).describe('the values of its variables at that time'),
    listStyles: z.record(z.string(), ListStyleSchema).describe('its list styles at that time, by id'),
  })
  .meta({ id: 'DocumentState' })

const state = jsonResponse(StateBody, ({ time, ...rest }: PastState) => ({ ...rest, time: time?.toISOString() ?? null }))

export const AuthorshipBody = z
  .object({
    at: row,
    people: z.array(z.object({ userId, name, signs: z.number().int() })),
    runs: z.array(z.object({ userId, text: z.string() })).describe('in the order of the text'),
  })
  .meta({ id: 'Authorship' })

const count = z.number().int()
const plainValue = z.unknown().describe('null where it was not there; a long text is cut')

const Changes = z
  .object({
    text: z
      .object({ added: count, removed: count, changed: count, reformatted: count.describe('only their format changed') })
      .describe('paragraphs; those in which only values of fields changed do not count'),
    fields: z.array(z.object({ name: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
    entries: z.array(
      z.object({
        section: z.string(),
        id: z.string(),
        change: z.enum(['added', 'removed', 'changed']),
        entry: z.record(z.string(), plainValue).describe('the later one; a removed entry as it was'),
        values: z.array(z.object({ name: z.string(), before: plainValue, after: plainValue })),
      }),
    ),
    moreEntries: count.describe('entries that changed, too, and are not listed'),
    others: z.array(z.string()).describe('other root types that changed'),
  })
  .meta({ id: 'DocumentChanges' })

export const RevisionChangesBody = z.object({ from: row, to: row, changes: Changes }).meta({ id: 'RevisionChanges' })

export const RedlineBody = z
  .object({
    from: row,
    to: row,
    authors: z.array(z.object({ userId, name })).describe('authors of the inserted and deleted words'),
    blocks: z.array(
      z.object({
        change: z.enum(['same', 'inserted', 'deleted', 'changed']),
        type: z.string(),
        level: z.number().int().nullable(),
        words: z.array(z.object({ change: z.enum(['same', 'inserted', 'deleted']), text: z.string(), userId })),
      }),
    ),
    html: z.string(),
    content: z
      .record(z.string(), z.unknown())
      .describe(
        'the later text as ProseMirror JSON with the marks `insertion`, `deletion` and `formatChange`, and `suggestion` on changed blocks',
      ),
    changes: Changes,
  })
  .meta({ id: 'Redline' })

export const VersionBody = z
  .object({
    id: z.uuid(),
    name: z.string(),
    at: row,
    userId: z.uuid(),
    author: z.object({ userId, name }).describe('who named it'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Version' })

const version = jsonResponse(VersionBody, ({ createdAt, ...rest }: VersionDetails) => ({ ...rest, createdAt: createdAt.toISOString() }))

const head = row.describe('the newest sequence number')

export const history = [
  get(
    '/documents/:documentName/history',
    'Lists the edit sessions of a document, newest first.',
    listEditSessions,
    listResponse(editSession),
  ),
  get(
    '/documents/:documentName/history/state',
    'Returns the text of a document at a journal row (`at`) or at a time (`time`); without either, the newest text.',
    readState,
    writtenJsonResponse(state),
  ),
  get(
    '/documents/:documentName/authorship',
    'Returns who wrote which words of a document.',
    readAuthorship,
    writtenJsonResponse(jsonResponse(AuthorshipBody, (authorship: Authorship) => authorship)),
  ),
  get(
    '/documents/:documentName/redline',
    'Compares two revisions of a document and returns the differences as blocks and as HTML.',
    readRedline,
    writtenJsonResponse(jsonResponse(RedlineBody, (redline: Redline) => redline)),
  ),
  get(
    '/documents/:documentName/history/changes',
    'Lists what differs between two revisions: paragraphs, fields and entries of sections. `from` may be the later one.',
    readChanges,
    writtenJsonResponse(jsonResponse(RevisionChangesBody, (changes: RevisionChanges) => changes)),
  ),
  get('/documents/:documentName/versions', 'Lists the named versions of a document, newest first.', listVersions, listResponse(version)),
  post(
    '/documents/:documentName/versions',
    'Names a revision of a document, so that it appears in its version history.',
    nameVersion,
    version,
  ),
  del(
    '/documents/:documentName/versions/:versionId',
    'Removes the name of a version. The revision itself stays in the history.',
    dropVersion,
  ),
  action(
    '/documents/:documentName/restore',
    'Restores a document, or its text, fields or sections alone, to an earlier revision, as one new edit.',
    restoreDocument,
    jsonResponse(
      z.object({ head, at: row.describe('the revision that it was restored to') }),
      (restored: HeadResult & { at: number }) => restored,
    ),
  ),
  action(
    '/documents/:documentName/undo',
    'Undoes the edits of one person in a range of journal rows, as one new edit. Words of other people stay.',
    undoWork,
    jsonResponse(z.object({ head }), (undone: HeadResult) => undone),
  ),
]
