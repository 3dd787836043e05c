/** The laws of the house, as checks over a tree of source files (design 2, house 3). */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix, relative } from 'node:path'

/** Path from the root of the repository, and the text. */
export type Tree = Map<string, string>

export const longest = 300
const roots = ['domain', 'api', 'collab', 'migrations', 'bench', 'web']
const transports = /^(koa|@koa\/|@hocuspocus\/|ws$|crossws|socket\.io)/
const vague = /(^|[-/])(utils?|helpers?|manager|service|misc|common|index)([-.]|$)/

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
  for (const folder of roots) walk(join(root, folder))
  for (const name of ['main.ts', 'config.ts']) tree.set(name, readFileSync(join(root, name), 'utf8'))
  return tree
}

interface Import {
  from: string
  /** A path in the tree, or the name of a package. */
  to: string
  typeOnly: boolean
}

export function importsOf(tree: Tree): Import[] {
  const found: Import[] = []
  for (const [from, text] of tree) {
    for (const [, type, spec] of text.matchAll(
      /(?:^|\n)(?:import|export)(\s+type)?\b(?:[^'"\n;={]*(?:\{[^}]*\}[^'"\n;={]*)?from)?\s*'([^']+)'/g,
    )) {
      const to = spec?.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), spec)) : (spec as string)
      found.push({ from, to, typeOnly: type !== undefined })
    }
    for (const [, spec] of text.matchAll(/import\('([^']+)'\)/g)) {
      const to = spec?.startsWith('.') ? posix.normalize(posix.join(posix.dirname(from), spec)) : (spec as string)
      found.push({ from, to, typeOnly: false })
    }
  }
  return found
}

const top = (path: string) => path.split('/')[0] as string

/** What of the domain the browser may have: what it and the server must agree on, and reads nothing of the house. */
const shared = ['domain/documents/prose.ts', 'domain/documents/order.ts']

/** What may not import what: the domain knows no edge, the edges do not know each other, nobody knows main. */
export function wrongDirections(tree: Tree): string[] {
  return importsOf(tree).flatMap(({ from, to }) => {
    const said = [`${from} imports ${to}`]
    if (top(from) === 'domain' && (['api', 'collab', 'web', 'main.ts', 'config.ts'].includes(top(to)) || transports.test(to))) return said
    if (top(from) === 'api' && ['collab', 'main.ts', 'config.ts'].includes(top(to))) return said
    if (top(from) === 'collab' && ['api', 'main.ts', 'config.ts'].includes(top(to))) return said
    if (shared.includes(from) && to.startsWith('domain/')) return said
    if (top(from) === 'web' && shared.includes(to)) return []
    if (top(from) === 'web' && ['domain', 'collab', 'main.ts', 'config.ts'].includes(top(to))) return said
    return []
  })
}

/** Slices look left, and into anybody's `events.ts`, which itself sees only the kernel's. */
export function wrongSlices(tree: Tree, order: readonly string[]): string[] {
  const rank = (path: string) => {
    const [, slice, rest] = path.split('/')
    return rest === undefined ? Number.POSITIVE_INFINITY : order.indexOf(slice as string)
  }
  return importsOf(tree).flatMap(({ from, to }) => {
    if (top(from) !== 'domain') return []
    const said = [`${from} imports ${to}`]
    if (from.endsWith('/events.ts') && from !== 'domain/kernel/events.ts') {
      return to === 'zod' || to === 'domain/kernel/events.ts' ? [] : said
    }
    if (top(to) !== 'domain') return []
    if (to === 'domain/kernel/domain.ts' && !from.startsWith('domain/kernel/')) return said
    if (rank(from) === -1 || rank(to) === -1) return [`${from} or ${to} lies in a slice that domain/contents.ts does not list`]
    return rank(to) > rank(from) && !to.endsWith('/events.ts') ? said : []
  })
}

/** Files that import each other in a circle; imports of types alone do not count. */
export function cycles(tree: Tree): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to, typeOnly } of importsOf(tree)) {
    if (!typeOnly && tree.has(to)) next.set(from, [...(next.get(from) ?? []), to])
  }
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: string[]) => {
    if (way.includes(path)) {
      found.push([...way.slice(way.indexOf(path)), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...way, path])
    done.add(path)
  }
  for (const path of tree.keys()) visit(path, [])
  return found
}

export const environmentReaders = (tree: Tree): string[] =>
  [...tree]
    .filter(
      ([path, text]) =>
        /process\.env\b/.test(text) && !['config.ts', 'main.ts', 'web/vite.config.ts'].includes(path) && top(path) !== 'bench',
    )
    .map(([path]) => path)

export const longFiles = (tree: Tree): string[] =>
  [...tree].filter(([, text]) => text.split('\n').length > longest + 1).map(([path]) => path)

export const vagueNames = (tree: Tree): string[] => [...tree.keys()].filter((path) => vague.test(path.replace(/\.tsx?$/, '.')))

/** Files that only hand on what others export. */
export const barrels = (tree: Tree): string[] => [...tree].filter(([, text]) => /^export \* from/m.test(text)).map(([path]) => path)

/** Relations of the ORM that point back, or across. */
export const twoWayRelations = (tree: Tree): string[] =>
  [...tree]
    .filter(([path, text]) => top(path) === 'domain' && /\b(oneToMany|manyToMany|inversedBy|mappedBy)\b/.test(text))
    .map(([path]) => path)

/** Files that begin a transaction of the ORM beside the one door. */
export const secondDoors = (tree: Tree): string[] =>
  [...tree].filter(([path, text]) => /\.transactional\(/.test(text) && path !== 'domain/kernel/domain.ts').map(([path]) => path)
