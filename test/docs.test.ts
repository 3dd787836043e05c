import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { fullSizeTests } from '../bin/full-size-tests.js'
import { createMetrics } from '../domain/kernel/metrics.ts'

const root = join(import.meta.dirname, '..')
const pages = ['.', 'docs', 'docs/decisions', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)
const read = (page: string) => readFileSync(join(root, page), 'utf8')
const isThere = (path: string) => existsSync(join(root, path))

/** Paths of the source tree that a page names in backquotes. Placeholders (`<slice>`, `*`) name no single file. */
const namedPaths = (page: string) =>
  [...read(page).matchAll(/`((?:api|bench|bin|collab|docs|domain|migrations|realtime|test|web)\/[\w./-]+)`/g)].map(([, path]) =>
    String(path),
  )

/** Pages and files that a page links to, and the heading within them. */
const linksOf = (page: string) =>
  [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, path, heading]) => ({
    path: path ? join(dirname(page), path) : page,
    heading,
  }))

const headingsOf = (page: string) =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
    String(text)
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  )

test('every test file that is left to the full size exists', () => {
  expect(fullSizeTests.filter((path) => !isThere(path))).toEqual([])
})

test('every file that a page names exists', () => {
  // a guide may name files that its reader is to write
  const missing = pages.filter((page) => page !== 'CONTRIBUTING.md').flatMap((page) => namedPaths(page).filter((path) => !isThere(path)))
  expect(missing).toEqual([])
})

test('every link leads to a page and a heading', () => {
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter(({ path, heading }) => !isThere(path) || (heading && !headingsOf(path).includes(heading)))
      .map(({ path, heading }) => `${page}: ${path}#${heading ?? ''}`),
  )
  expect(broken).toEqual([])
})

test('the tables of settings are those that config.ts reads', () => {
  const printed = execFileSync(process.execPath, [join(root, 'bin/environment.ts')], { encoding: 'utf8' }).trim()
  expect(read('docs/configuration.md')).toContain(printed)
  const rows = read('README.md').match(/^\| `[A-Z_]+` \|.*$/gm) ?? []
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter((row) => !printed.split('\n').includes(row))).toEqual([])
})

test('every metric of SmartStart is on the page about monitoring', async () => {
  const names = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name)
  const own = names.filter((name) => !/^smartstart_(process|nodejs)_/.test(name))
  expect(own.length).toBeGreaterThan(10)
  const page = read('docs/monitoring.md')
  expect(own.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  const known = page.match(/smartstart_\w+[a-z]/g) ?? []
  expect(known.filter((name) => !names.includes(name) && !/^smartstart_(process|nodejs)$/.test(name))).toEqual([])
})

test('every event is on a page', () => {
  const declared = readdirSync(join(root, 'domain'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => [...read(join('domain', path)).matchAll(/\bevent\('([^']+)'/g)].map(([, name]) => String(name)))
  expect(declared.length).toBeGreaterThan(5)
  const text = pages.map(read).join('\n')
  expect(declared.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
})
