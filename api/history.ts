import { z } from 'zod'
import {
  type Authorship,
  listWork,
  readAuthorship,
  readRedline,
  readState,
  type PastState,
  type Redline,
  type Stint,
} from '../domain/documents/history.ts'
import { type Head, restoreDocument, undoWork } from '../domain/documents/restoration.ts'
import { dropVersion, listVersions, nameVersion, type VersionSeen } from '../domain/documents/version.ts'
import { act, answer, del, get, pageOf, post } from './endpoint.ts'

const row = z.number().int().describe('the number of a journal row')
const userId = z.uuid().nullable().describe('null: SmartStart itself, or nobody known')
const name = z.string().nullable().describe('null where the id is; of an account that was ended, "Deleted account"')

export const StintBody = z
  .object({
    from: row,
    to: row,
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    edits: z.number().int(),
    authors: z.array(z.object({ userId, name, edits: z.number().int() })),
  })
  .meta({ id: 'Stint', description: 'A stretch of work: no pause in it was longer than five minutes' })

const stint = answer(StintBody, ({ startedAt, endedAt, ...told }: Stint) => ({
  ...told,
  startedAt: startedAt.toISOString(),
  endedAt: endedAt.toISOString(),
}))

export const StateBody = z
  .object({
    at: row,
    time: z.iso.datetime().nullable().describe('null before the first row'),
    content: z.record(z.string(), z.unknown()).describe('ProseMirror JSON'),
    variables: z.record(z.string(), z.string()).describe('the values of its live fields as they were'),
  })
  .meta({ id: 'DocumentState' })

const state = answer(StateBody, ({ time, ...told }: PastState) => ({ ...told, time: time?.toISOString() ?? null }))

export const AuthorshipBody = z
  .object({
    at: row,
    people: z.array(z.object({ userId, name, signs: z.number().int() })),
    runs: z.array(z.object({ userId, text: z.string() })).describe('in the order of the text'),
  })
  .meta({ id: 'Authorship' })

export const RedlineBody = z
  .object({
    from: row,
    to: row,
    authors: z.array(z.object({ userId, name })).describe('who wrote the words that came or went'),
    blocks: z.array(
      z.object({
        change: z.enum(['same', 'inserted', 'deleted', 'changed']),
        type: z.string(),
        level: z.number().int().nullable(),
        words: z.array(z.object({ change: z.enum(['same', 'inserted', 'deleted']), text: z.string(), userId })),
      }),
    ),
    html: z.string(),
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

const version = answer(VersionBody, ({ createdAt, ...told }: VersionSeen) => ({ ...told, createdAt: createdAt.toISOString() }))

const head = row.describe('the newest row')

export const history = [
  get('/documents/:documentName/history', listWork, pageOf(stint)),
  get('/documents/:documentName/history/state', readState, state),
  get(
    '/documents/:documentName/authorship',
    readAuthorship,
    answer(AuthorshipBody, (told: Authorship) => told),
  ),
  get(
    '/documents/:documentName/redline',
    readRedline,
    answer(RedlineBody, (told: Redline) => told),
  ),
  get('/documents/:documentName/versions', listVersions, pageOf(version)),
  post('/documents/:documentName/versions', nameVersion, version),
  del('/documents/:documentName/versions/:versionId', dropVersion),
  act(
    '/documents/:documentName/restore',
    restoreDocument,
    answer(z.object({ head, at: row.describe('the moment that it is like now') }), (told: Head & { at: number }) => told),
  ),
  act(
    '/documents/:documentName/undo',
    undoWork,
    answer(z.object({ head }), (told: Head) => told),
  ),
]
