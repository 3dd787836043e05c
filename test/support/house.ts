/** The architecture rules, as checks over the source files. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { type EntityClass, EntitySchema } from '@mikro-orm/core'
import type { Slice } from '../../domain/kernel/manifest/define-slice.ts'

/** Source text by path from the root of the repository. */
export type Tree = Map<string, string>

export const maxLines = 300
/** Files directly in one folder. */
export const maxFilesPerFolder = 20
/** Written by `npm run generate`; may be longer. */
const generatedFiles = ['domain/kernel/db/schema.ts']
const sourceFolders = ['domain', 'api', 'collab', 'realtime', 'migrations', 'bench', 'web']
const transportPackages = /^(koa|@koa\/|@hocuspocus\/|ws$|crossws|socket\.io)/
const vagueNamePattern = /(^|[-/])(utils?|helpers?|manager|service|misc|common|index)([-.]|$)/

/** Reads the sources of the repository. */
export function readTree(root: string): Tree {
  const tree: Tree = new Map()
  const walk = (folder: string) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      if (name === 'dist' || name === 'public') continue
      if (statSync(path).isDirectory()) walk(path)
      else if (/\.tsx?$/.test(name)) tree.set(relative(root, path), readFileSync(path, 'utf8'))
    }
  }
  for (const folder of sourceFolders) walk(join(root, folder))
  for (const name of ['main.ts', 'config.ts']) tree.set(name, readFileSync(join(root, name), 'utf8'))
  return tree
}

interface Import {
  from: string
  /** A path in the tree, or the name of a package. */
  to: string
}

export function findImports(tree: Tree): Import[] {
  const found: Import[] = []
  for (const [from, text] of tree) {
    for (const [, spec] of text.matchAll(
      /(?:^|\n)(?:import|export)(?:\s+type)?\b(?:[^'"\n;={]*(?:\{[^}]*\}[^'"\n;={]*)?from)?\s*'([^']+)'/g,
    )) {
      const to = spec?.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), spec)) : (spec as string)
      found.push({ from, to })
    }
    for (const [, spec] of text.matchAll(/import\('([^']+)'\)/g)) {
      const to = spec?.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), spec)) : (spec as string)
      found.push({ from, to })
    }
  }
  return found
}

const topFolder = (path: string) => path.split('/')[0] as string
/** First parts of imports of our own files. */
const topNames = [...sourceFolders, 'main.ts', 'config.ts']

/** Files of the domain that the browser imports too. They import nothing else of the repository. */
const sharedWithBrowser = [
  'domain/comments/mentions.ts',
  'domain/documents/richtext/anchor.ts',
  'domain/documents/richtext/list-styles.ts',
  'domain/documents/richtext/raw-json.ts',
  'domain/documents/richtext/schema.ts',
  'domain/documents/richtext/schema-numbering.ts',
  'domain/documents/richtext/schema-version.ts',
  'domain/documents/richtext/suggestion-attributes.ts',
  'domain/documents/richtext/yjs-content.ts',
  'domain/documents/sections/fractional-indexing.ts',
  'domain/history/redline/server-author.ts',
]

/** Layers of the workspace above a file, which it must not import: lib < ui < features < app. */
function layersAbove(path: string): string[] {
  const layers = ['web/lib/', 'web/ui/', 'web/features/', 'web/app/']
  const layer = layers.findIndex((folder) => path.startsWith(folder))
  return layer === -1 ? [] : layers.slice(layer + 1)
}

/**
 * Finds imports against the direction: the domain imports no transport, `api` and `collab` share only `realtime`, which imports the kernel,
 * and nothing imports `main`.
 */
export function findWrongDirections(tree: Tree): string[] {
  return findImports(tree).flatMap(({ from, to }) => {
    const violation = [`${from} imports ${to}`]
    if (
      topFolder(from) === 'domain' &&
      (['api', 'collab', 'realtime', 'web', 'main.ts', 'config.ts'].includes(topFolder(to)) || transportPackages.test(to))
    )
      return violation
    if (topFolder(from) === 'api' && ['collab', 'main.ts', 'config.ts'].includes(topFolder(to))) return violation
    if (topFolder(from) === 'collab' && ['api', 'main.ts', 'config.ts'].includes(topFolder(to))) return violation
    if (
      topFolder(from) === 'realtime' &&
      topNames.includes(topFolder(to)) &&
      topFolder(to) !== 'realtime' &&
      !to.startsWith('domain/kernel/')
    )
      return violation
    if (sharedWithBrowser.includes(from) && to.startsWith('domain/') && !sharedWithBrowser.includes(to)) return violation
    if (topFolder(from) === 'web' && sharedWithBrowser.includes(to)) return []
    if (layersAbove(from).some((folder) => to.startsWith(folder))) return violation
    if (topFolder(from) === 'web' && ['domain', 'collab', 'realtime', 'main.ts', 'config.ts'].includes(topFolder(to))) return violation
    return []
  })
}

/** Finds imports of slices to the right. The `events.ts` of any slice may be imported; it imports only the kernel. */
export function findWrongSliceImports(tree: Tree, order: readonly string[]): string[] {
  const rank = (path: string) => {
    const [, slice, rest] = path.split('/')
    return rest === undefined ? Number.POSITIVE_INFINITY : order.indexOf(slice as string)
  }
  return findImports(tree).flatMap(({ from, to }) => {
    if (topFolder(from) !== 'domain') return []
    const violation = [`${from} imports ${to}`]
    if (from.endsWith('/events.ts') && from !== 'domain/kernel/events/event.ts') {
      return ['zod', 'domain/kernel/events/event.ts', 'domain/kernel/manifest/hook.ts'].includes(to) ? [] : violation
    }
    if (topFolder(to) !== 'domain') return []
    if (to === 'domain/kernel/executor.ts' && !from.startsWith('domain/kernel/')) return violation
    if (rank(from) === -1 || rank(to) === -1) return [`${from} or ${to} lies in a slice that domain/slices.ts does not list`]
    return rank(to) > rank(from) && !to.endsWith('/events.ts') ? violation : []
  })
}

/** Finds import cycles of files; type imports count. */
export const findCycles = (tree: Tree): string[] => findImportCycles(findImports(tree).filter(({ to }) => tree.has(to)))

/** Finds import cycles of the workspace's features. */
export function findFeatureCycles(tree: Tree): string[] {
  const featureOf = (path: string) => /^web\/features\/[^/]+/.exec(path)?.[0] ?? ''
  const between = findImports(tree).map(({ from, to }) => ({ from: featureOf(from), to: featureOf(to) }))
  return findImportCycles(between.filter(({ from, to }) => from && to && from !== to))
}

function findImportCycles(imports: Import[]): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, chain: string[]) => {
    if (chain.includes(path)) {
      found.push([...chain.slice(chain.indexOf(path)), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...chain, path])
    done.add(path)
  }
  for (const path of next.keys()) visit(path, [])
  return found
}

export const findEnvironmentReaders = (tree: Tree): string[] =>
  [...tree]
    .filter(
      ([path, text]) =>
        /process\.env\b/.test(text) && !['config.ts', 'main.ts', 'web/vite.config.ts'].includes(path) && topFolder(path) !== 'bench',
    )
    .map(([path]) => path)

export const findLongFiles = (tree: Tree): string[] =>
  [...tree].filter(([path, text]) => text.split('\n').length > maxLines + 1 && !generatedFiles.includes(path)).map(([path]) => path)

/** Finds folders with too many files. Routes, migrations and benchmarks are exempt. */
export function findLargeFolders(tree: Tree): string[] {
  const counts = new Map<string, number>()
  for (const path of tree.keys()) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1)
  const exempt = ['api/routes', 'migrations', 'bench']
  return [...counts]
    .filter(([folder, count]) => count > maxFilesPerFolder && !exempt.includes(folder))
    .map(([folder, count]) => `${folder} holds ${count} files`)
}

export const findVagueNames = (tree: Tree): string[] =>
  [...tree.keys()].filter((path) => vagueNamePattern.test(path.replace(/\.tsx?$/, '.')))

/** Finds files that re-export other files. */
export const findBarrels = (tree: Tree): string[] => [...tree].filter(([, text]) => /^export \* from/m.test(text)).map(([path]) => path)

/** Finds bidirectional and many-to-many relations of the ORM. */
export const findTwoWayRelations = (tree: Tree): string[] =>
  [...tree]
    .filter(([path, text]) => topFolder(path) === 'domain' && /\b(oneToMany|manyToMany|inversedBy|mappedBy)\b/.test(text))
    .map(([path]) => path)

/** Finds files besides the executor that begin a transaction of the ORM. */
export const findOtherTransactions = (tree: Tree): string[] =>
  [...tree].filter(([path, text]) => /\.transactional\(/.test(text) && path !== 'domain/kernel/executor.ts').map(([path]) => path)

/** The owning slice by name of table or entity. */
export interface Ownership {
  tables: ReadonlyMap<string, string>
  /** By class name. */
  entities: ReadonlyMap<string, string>
}

/** Reads which slice owns each table: the slice of the entity, or the one whose manifest lists it. */
export function readOwnership(slices: readonly Pick<Slice, 'name' | 'entities' | 'tables'>[]): Ownership {
  const entities = slices.flatMap(({ name, entities }) => entities.map((entity) => ({ name, entity })))
  const tableOf = (entity: EntityClass<object>) => EntitySchema.REGISTRY.get(entity)?.meta.tableName as string
  return {
    tables: new Map([
      ...entities.map(({ name, entity }) => [tableOf(entity), name] as const),
      ...slices.flatMap(({ name, tables }) => tables.map((table) => [table, name] as const)),
    ]),
    entities: new Map(entities.map(({ name, entity }) => [(entity as unknown as { name: string }).name, name])),
  }
}

const beforeTable = /(?:from|join|into|update|using|truncate|only)\s+/.source
const builder = /\.(?:selectFrom|insertInto|updateTable|deleteFrom|mergeInto|(?:inner|left|right|full|cross)Join|using|table)\(\s*\[?\s*'/
  .source
const rowType = /\b(?:Tables\[|(?:Table|Camel)Row<\s*)'/.source

/** Finds statements with tables or entities of another slice, which must call that slice's functions instead. */
export function findForeignTables(tree: Tree, { tables, entities }: Ownership): string[] {
  const names = [...tables.keys()].sort((one, other) => other.length - one.length).join('|')
  const named = new RegExp(`(?:\\b${beforeTable}"?|${builder}|${rowType})(${names})(?![\\w'’-]*[\\w’])`, 'g')
  return [...tree].flatMap(([path, text]) => {
    if (!['domain', 'api', 'collab', 'realtime', 'main.ts'].includes(topFolder(path))) return []
    const slice = topFolder(path) === 'domain' ? path.split('/')[1] : undefined
    const code = text.replace(/^\s*(?:\*|\/\*|\/\/).*$/gm, '')
    const foreign = [...code.matchAll(named)].map(([, table]) => table as string).filter((table) => tables.get(table) !== slice)
    const imported = [...code.matchAll(/^import \{([^}]*)\} from '\./gm)].flatMap(([, list]) =>
      (list as string).split(',').map((one) => one.trim()),
    )
    const others = imported.filter((name) => entities.has(name) && entities.get(name) !== slice)
    return [...foreign, ...others].map((what) => `${path} names ${what} of ${tables.get(what) ?? entities.get(what)}`)
  })
}

/** Finds files that run SQL without the typed query builder of a context. */
export const findUntypedStatements = (tree: Tree): string[] =>
  [...tree]
    .filter(([path, text]) => /\bgetKysely\b/.test(text) && !path.startsWith('domain/kernel/') && topFolder(path) !== 'bench')
    .map(([path]) => path)
