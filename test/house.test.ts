import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { endpoints } from '../api/routes/endpoints.ts'
import { derivedFiles } from '../bin/derived-files.ts'
import { documentKinds } from '../domain/kernel/manifest/registry.ts'
import { slices } from '../domain/slices.ts'
import { copyEmbeddedTemplate } from './support/template-database.ts'
import {
  findBarrels,
  findLargeFolders,
  findCycles,
  findEnvironmentReaders,
  findFeatureCycles,
  findForeignTables,
  findLongFiles,
  maxLines,
  maxFilesPerFolder,
  readOwnership,
  readTree,
  findOtherTransactions,
  type Tree,
  findTwoWayRelations,
  findUntypedStatements,
  findVagueNames,
  findWrongDirections,
  findWrongSliceImports,
} from './support/house.ts'

const root = join(import.meta.dirname, '..')
const tree = readTree(root)

const sliceNames = slices.map(({ name }) => name)
const ownership = readOwnership(slices)

/** Each law, and a tree that breaks it. */
const laws: { law: string; broken: [string, string][]; check: (tree: Tree) => string[] }[] = [
  {
    law: 'the domain does not import the API',
    broken: [['domain/legal/draft.ts', "import { legal } from '../../api/routes/legal.ts'"]],
    check: findWrongDirections,
  },
  {
    law: 'the domain does not import a transport',
    broken: [['domain/legal/draft.ts', "import Koa from 'koa'"]],
    check: findWrongDirections,
  },
  {
    law: 'api and collab do not import each other',
    broken: [['api/routes/legal.ts', "import { createCollab } from '../../collab/server.ts'"]],
    check: findWrongDirections,
  },
  {
    law: 'realtime imports only the kernel',
    broken: [['realtime/token-expiry.ts', "import { assertSessionActive } from '../domain/auth/session.ts'"]],
    check: findWrongDirections,
  },
  {
    law: 'the domain does not import realtime',
    broken: [['domain/auth/session.ts', "import type { Expiry } from '../../realtime/token-expiry.ts'"]],
    check: findWrongDirections,
  },
  { law: 'no file imports main', broken: [['collab/server.ts', "import type { Node } from '../main.ts'"]], check: findWrongDirections },
  {
    law: 'slices look left',
    broken: [
      ['domain/users/user.ts', "import { createDraft } from '../legal/draft.ts'"],
      ['domain/legal/draft.ts', ''],
    ],
    check: (broken) => findWrongSliceImports(broken, sliceNames),
  },
  {
    law: 'event files import only the kernel',
    broken: [['domain/legal/events.ts', "import { Draft } from './draft.ts'"]],
    check: (broken) => findWrongSliceImports(broken, sliceNames),
  },
  {
    law: 'operations do not import the executor',
    broken: [['domain/legal/draft.ts', "import { createExecutor } from '../kernel/executor.ts'"]],
    check: (broken) => findWrongSliceImports(broken, sliceNames),
  },
  {
    law: 'no import cycles',
    broken: [
      ['domain/legal/a.ts', "import { b } from './b.ts'"],
      ['domain/legal/b.ts', "import {\n  a,\n} from './a.ts'"],
    ],
    check: findCycles,
  },
  {
    law: 'no import cycles of types',
    broken: [
      ['domain/legal/a.ts', "import type { B } from './b.ts'"],
      ['domain/legal/b.ts', "import { a } from './a.ts'"],
    ],
    check: findCycles,
  },
  {
    law: 'lib, ui, features and app of the workspace import downwards',
    broken: [['web/ui/page-header.tsx', "import { NotificationBell } from '../features/inbox/notification-bell.tsx'"]],
    check: findWrongDirections,
  },
  {
    law: 'no import cycles of features',
    broken: [
      ['web/features/inbox/inbox-page.tsx', "import { DocumentRow } from '../documents/document-row.tsx'"],
      ['web/features/documents/documents-page.tsx', "import { InboxItem } from '../inbox/inbox-item.tsx'"],
    ],
    check: findFeatureCycles,
  },
  {
    law: `at most ${maxFilesPerFolder} files in a folder`,
    broken: Array.from({ length: maxFilesPerFolder + 1 }, (_, number) => [`domain/legal/clause-${number}.ts`, '']),
    check: findLargeFolders,
  },
  { law: 'one reader of the environment', broken: [['domain/kernel/log.ts', 'process.env.LOG_LEVEL']], check: findEnvironmentReaders },
  { law: `no file above ${maxLines} lines`, broken: [['api/routes/legal.ts', '\n'.repeat(maxLines + 2)]], check: findLongFiles },
  { law: 'files are named after nouns', broken: [['domain/legal/draft-helpers.ts', '']], check: findVagueNames },
  { law: 'no barrels', broken: [['domain/legal/all.ts', "export * from './draft.ts'"]], check: findBarrels },
  { law: 'no two-way relations', broken: [['domain/legal/draft.ts', 'p.oneToMany(Clause)']], check: findTwoWayRelations },
  ...[
    'sql`select u.name from message m join "user" u on u.id = m.user_id`',
    "work.db.selectFrom('user').select('name')",
    "work.db.selectFrom('message as m').innerJoin('user as u', 'u.id', 'm.user_id')",
    "sql<TableRow<'user', 'name'>>`${names}`",
    "import { namesOf, User } from '../users/user.ts'",
  ].map((line) => ({
    law: `a statement names the tables of its slice: ${line}`,
    broken: [['domain/messaging/message.ts', line]] as [string, string][],
    check: (broken: Tree) => findForeignTables(broken, ownership),
  })),
  {
    law: 'statements go through the typed query builder',
    broken: [['domain/legal/draft.ts', 'sql`select 1`.execute(work.em.getKysely())']],
    check: findUntypedStatements,
  },
  {
    law: 'only the executor begins transactions',
    broken: [['domain/legal/draft.ts', 'em.transactional(async () => {})']],
    check: findOtherTransactions,
  },
]

describe.each(laws)('$law', ({ broken, check }) => {
  test('holds', () => expect(check(tree)).toEqual([]))
  test('is reported when it is broken', () => expect(check(new Map(broken)).length).toBeGreaterThan(0))
})

/** Names of everything that the sources declare with `command('…')`, `query('…')` or `event('…')`. */
function declared(pattern: RegExp): string[] {
  return [...tree]
    .filter(([path]) => path.startsWith('domain/'))
    .flatMap(([, text]) => [...text.matchAll(pattern)].map(([, name]) => name as string))
}

test('every operation has exactly one endpoint, or is internal', () => {
  const served = endpoints.filter(({ options }) => !options.alias).map(({ operation }) => operation.name)
  expect(served.filter((name, place) => served.indexOf(name) !== place)).toEqual([])
  const names = declared(/(?<![.\w])(?:command|query)\(\s*'([^']+)'/g)
  const system = declared(/(?<![.\w])(?:command|query)\(\s*'([^']+)',\s*\{(?:(?!\bauthorize\b)[^])*\bauthorize: requireSystem,/g)
  const asked = slices.flatMap(({ internal, handlers, schedules }) => [...internal, ...handlers, ...schedules].map(({ name }) => name))
  const internal = [...system, ...asked]
  expect(system).toContain('documents.isFrozen')
  expect(names.filter((name) => !served.includes(name) && !internal.includes(name))).toEqual([])
  expect(internal.filter((name) => served.includes(name) || !names.includes(name))).toEqual([])
})

test('every slice has its manifest, in its place', () => {
  const folders = [...new Set([...tree.keys()].flatMap((path) => /^domain\/(\w[\w-]*)\//.exec(path)?.[1] ?? []))]
  expect([...sliceNames].sort()).toEqual(folders.sort())
  expect(sliceNames.filter((name) => !tree.has(`domain/${name}/slice.ts`))).toEqual([])
})

test('every table is owned by one slice', () => {
  const all = [...(tree.get('domain/kernel/db/schema.ts') as string).matchAll(/^ {2}(\w+): \{$/gm)].map(([, table]) => table as string)
  const owned = slices.flatMap((slice) => [...readOwnership([slice]).tables.keys()])
  expect(owned.sort()).toEqual(all.sort())
})

/** A folder with a database that the migrations made, in the run's own. */
function migratedFolder(): string {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'tables-'))
  copyEmbeddedTemplate(folder)
  return folder
}

test.each([...(await derivedFiles(migratedFolder()))])('%s is what `npm run generate` writes', (path, text) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text)
})

test('the workspace shows every kind of live document', () => {
  const shown = tree.get('web/ui/document-kind.tsx') as string
  expect(documentKinds().filter((kind) => !new RegExp(`^ {2}${kind}: \\{$`, 'm').test(shown))).toEqual([])
})

test('every event has one name', () => {
  const names = declared(/\bevent\('([^']+)'/g)
  expect(names.length).toBeGreaterThan(5)
  expect(new Set(names).size).toBe(names.length)
})
