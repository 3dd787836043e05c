/** `npm run new-slice <slice> <noun>`: writes a working domain slice from `bin/slice-template/`. */
import { Script } from 'node:vm'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const [slice = '', noun = ''] = process.argv.slice(2)
const pluralOf = (text: string) =>
  /[^aeiou]y$/.test(text) ? `${text.slice(0, -1)}ies` : /(s|x|z|ch|sh)$/.test(text) ? `${text}es` : `${text}s`
const camel = (text: string) => text.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const word = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
if (!word.test(slice) || !word.test(noun))
  fail('Usage: npm run new-slice <slice> <noun>, in lower case: npm run new-slice pitches pitch-deck')
for (const name of [camel(slice), camel(noun)]) {
  // the templates have variables of their own
  const taken = ['get', 'id', 'patch', 'post', 'role', 'subject', 'title', 'view', 'work'].includes(name)
  if (taken || !isIdentifier(name)) fail(`${name} cannot be the name of a variable here; choose another word.`)
}
if (existsSync(join(root, 'domain', slice))) fail(`domain/${slice} exists. Add the noun to its slice.ts by hand.`)

const nouns = pluralOf(noun)
if (existsSync(join(root, 'api', 'routes', `${slice}.ts`))) fail(`api/routes/${slice}.ts exists.`)

/** The next number after the migrations that are there. */
const number = String(Math.max(...readdirSync(join(root, 'migrations')).map((name) => Number.parseInt(name, 10) || 0)) + 1).padStart(4, '0')

const words: Record<string, string> = {
  slice,
  sliceName: camel(slice),
  kind: noun,
  kindKey: noun.includes('-') ? `'${noun}'` : noun,
  file: noun,
  path: nouns,
  table: noun.replaceAll('-', '_'),
  noun: camel(noun),
  Noun: capital(camel(noun)),
  nouns: camel(nouns),
  Nouns: capital(camel(nouns)),
  words: noun.replaceAll('-', ' '),
  nounsWords: nouns.replaceAll('-', ' '),
  NounsWords: capital(nouns.replaceAll('-', ' ')),
  Migration: capital(camel(slice)),
}

const files: Record<string, string> = {
  'entity.ts': `domain/${slice}/${noun}.ts`,
  'events.ts': `domain/${slice}/events.ts`,
  'notifications.ts': `domain/${slice}/notifications.ts`,
  'slice.ts': `domain/${slice}/slice.ts`,
  'migration.ts': `migrations/${number}-${slice}.ts`,
  'routes.ts': `api/routes/${slice}.ts`,
  'example.ts': `test/support/examples/${slice}.ts`,
  'test.ts': `test/domain/${slice}.test.ts`,
  'page.md': `docs/${slice}.md`,
}

const written = ['domain/slices.ts', 'api/routes/endpoints.ts']
for (const [template, file] of Object.entries(files)) {
  const text = readFileSync(join(root, 'bin', 'slice-template', `${template}.template`), 'utf8')
  write(
    file,
    text.replace(/__(\w+?)__/g, (whole, name: string) => words[name] ?? whole),
  )
}
list('domain/slices.ts', `import { ${words.sliceName} } from './${slice}/slice.ts'`, 'export const slices = [')
list('api/routes/endpoints.ts', `import { ${words.sliceName} } from './${slice}.ts'`, 'export const endpoints = [')
spawnSync(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', ...written], { cwd: root })
spawnSync(process.execPath, ['bin/derived-files.ts'], { cwd: root, stdio: 'inherit' })
console.log(`Wrote the slice ${slice}. Next: npm run check, npm test -- ${slice} access bad-input`)

/** Adds an import and, at its end, an entry to a list. */
function list(file: string, imported: string, head: string) {
  const text = readFileSync(join(root, file), 'utf8')
  const from = text.indexOf(head)
  const end = text.indexOf('\n]', from)
  const entry = file.startsWith('api') ? `  ...${words.sliceName},` : `  ${words.sliceName},`
  const lastImport = text.lastIndexOf('\nimport ', from)
  const afterImport = text.indexOf('\n', lastImport + 1)
  writeFileSync(join(root, file), `${text.slice(0, afterImport)}\n${imported}${text.slice(afterImport, end)}\n${entry}${text.slice(end)}`)
}

function write(file: string, text: string) {
  written.push(file)
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
  console.log(`  ${file}`)
}

function isIdentifier(name: string): boolean {
  try {
    return Boolean(new Script(`'use strict'; const ${name} = 0`))
  } catch {
    return false
  }
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
