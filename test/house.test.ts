import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { endpoints } from '../api/server.ts'
import { slices } from '../domain/contents.ts'
import {
  barrels,
  cycles,
  environmentReaders,
  longFiles,
  longest,
  readTree,
  secondDoors,
  type Tree,
  twoWayRelations,
  vagueNames,
  wrongDirections,
  wrongSlices,
} from './support/house.ts'

const tree = readTree(join(import.meta.dirname, '..'))

/** Asked by SmartStart itself, never by a request. */
const internal = [
  'access.hearAudiences',
  'auth.identify',
  'auth.readBearer',
  'auth.confirmSession',
  'auth.forgetOldSessions',
  'kernel.forgetOldKeys',
  'documents.noteSuggestions',
  'kernel.forgetOldEvents',
  'documents.openDocument',
  'documents.readStored',
  'documents.keepSnapshot',
  'documents.freezeDocument',
  'documents.settleSuggestions',
  'documents.foldHistory',
  'files.makeExport',
  'files.forgetOldFiles',
  'messaging.forgetUnsent',
  'messaging.readTyping',
  'legal.readImport',
  'legal.forgetOldImports',
  'notifications.webhooksBehind',
  'notifications.followEvents',
  'notifications.anythingDue',
  'notifications.claimDue',
  'notifications.tryDelivery',
  'notifications.forgetOldDeliveries',
  'notifications.announce',
  'notifications.wakeSnoozed',
]

/** Each law, and a tree that breaks it. */
const laws: { law: string; broken: [string, string][]; check: (tree: Tree) => string[] }[] = [
  {
    law: 'the domain knows no edge',
    broken: [['domain/legal/draft.ts', "import { legal } from '../../api/legal.ts'"]],
    check: wrongDirections,
  },
  { law: 'the domain knows no transport', broken: [['domain/legal/draft.ts', "import Koa from 'koa'"]], check: wrongDirections },
  {
    law: 'api and collab never meet',
    broken: [['api/legal.ts', "import { createCollab } from '../collab/server.ts'"]],
    check: wrongDirections,
  },
  { law: 'nobody imports main', broken: [['collab/server.ts', "import type { Node } from '../main.ts'"]], check: wrongDirections },
  {
    law: 'slices look left',
    broken: [
      ['domain/users/user.ts', "import { createDraft } from '../legal/draft.ts'"],
      ['domain/legal/draft.ts', ''],
    ],
    check: (broken) => wrongSlices(broken, slices),
  },
  {
    law: 'events see only the kernel',
    broken: [['domain/legal/events.ts', "import { Draft } from './draft.ts'"]],
    check: (broken) => wrongSlices(broken, slices),
  },
  {
    law: 'operations never use the door',
    broken: [['domain/legal/draft.ts', "import { openDomain } from '../kernel/domain.ts'"]],
    check: (broken) => wrongSlices(broken, slices),
  },
  {
    law: 'no import cycles',
    broken: [
      ['domain/legal/a.ts', "import { b } from './b.ts'"],
      ['domain/legal/b.ts', "import {\n  a,\n} from './a.ts'"],
    ],
    check: cycles,
  },
  { law: 'one reader of the environment', broken: [['domain/kernel/log.ts', 'process.env.LOG_LEVEL']], check: environmentReaders },
  { law: `no file above ${longest} lines`, broken: [['api/legal.ts', '\n'.repeat(longest + 2)]], check: longFiles },
  { law: 'files are named after nouns', broken: [['domain/legal/draft-helpers.ts', '']], check: vagueNames },
  { law: 'no barrels', broken: [['domain/legal/all.ts', "export * from './draft.ts'"]], check: barrels },
  { law: 'no two-way relations', broken: [['domain/legal/draft.ts', 'p.oneToMany(Clause)']], check: twoWayRelations },
  { law: 'one door', broken: [['domain/legal/draft.ts', 'em.transactional(async () => {})']], check: secondDoors },
]

describe.each(laws)('$law', ({ broken, check }) => {
  test('holds', () => expect(check(tree)).toEqual([]))
  test('is seen when broken', () => expect(check(new Map(broken)).length).toBeGreaterThan(0))
})

/** Names of everything that the sources declare with `command('…')`, `query('…')` or `event('…')`. */
function declared(pattern: RegExp): string[] {
  return [...tree]
    .filter(([path]) => path.startsWith('domain/'))
    .flatMap(([, text]) => [...text.matchAll(pattern)].map(([, name]) => name as string))
}

test('every operation stands in exactly one table, or is internal', () => {
  const served = endpoints.filter(({ more }) => !more.alias).map(({ operation }) => operation.name)
  expect(served.filter((name, place) => served.indexOf(name) !== place)).toEqual([])
  const names = declared(/(?<![.\w])(?:command|query)\(\s*'([^']+)'/g)
  expect(names.filter((name) => !served.includes(name) && !internal.includes(name))).toEqual([])
  expect(internal.filter((name) => served.includes(name) || !names.includes(name))).toEqual([])
})

test('every event has one name', () => {
  const names = declared(/\bevent\('([^']+)'/g)
  expect(names.length).toBeGreaterThan(5)
  expect(new Set(names).size).toBe(names.length)
})
