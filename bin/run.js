// Runs a command of SmartStart: installs missing packages, builds the workspace if it is stale, and finds a recent Node.
// Plain JavaScript that Node 20 can read, because npm may start it with that.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineFlags } from './engine.js'
import { fullSizeTests } from './full-size-tests.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
const [command = 'start', ...rest] = process.argv.slice(2)
const isFullSize = process.env.TEST_SIZE === 'full'
/** What `npm test` leaves out where nothing is named. The faults take minutes and are a command of their own. */
const leftOut = rest.length > 0 ? [] : ['test/faults/**', ...(isFullSize ? [] : fullSizeTests)]

/** What each command runs, in order; the last one takes the arguments. `web` builds the workspace first when it is stale. */
const commands = {
  start: { web: true, steps: [['node', ...engineFlags(availableParallelism()), 'main.ts']] },
  demo: { web: true, steps: [['node', ...engineFlags(availableParallelism()), 'bin/demo.ts']] },
  test: {
    // named tests outside of test/web need no workspace
    web: rest.length === 0 || !rest.every((one) => /^(-|test\/(?!web))/.test(one)),
    steps: [['node', 'node_modules/vitest/vitest.mjs', 'run', ...leftOut.flatMap((pattern) => ['--exclude', pattern])]],
  },
  faults: {
    steps: [['node', 'node_modules/vitest/vitest.mjs', 'run', 'test/faults', '--reporter=default', '--disable-console-intercept']],
  },
  check: {
    steps: [
      ['node', 'node_modules/typescript/bin/tsc', '-p', '.'],
      ['node', 'node_modules/typescript/bin/tsc', '-p', 'web'],
      ['node', 'node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
      ['node', 'node_modules/@biomejs/biome/bin/biome', 'ci', '.'],
      ['node', 'bin/lint-openapi.ts'],
      ['node', 'node_modules/vitest/vitest.mjs', 'run', 'test/house.test.ts'],
    ],
  },
  format: { steps: [['node', 'node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.']] },
  // the load runs on one core, for which V8's helper threads would compete with it
  bench: { steps: [['node', ...engineFlags(1), 'bench/run.ts']] },
  revocation: { steps: [['node', ...engineFlags(1), 'bench/run.ts', 'revocation']] },
  replay: { steps: [['node', 'bench/replay.ts']] },
  backup: { steps: [['node', 'bin/backup.ts']] },
  restore: { steps: [['node', 'bin/restore.ts']] },
  verify: { steps: [['node', 'bin/verify.ts']] },
  doctor: { steps: [['node', 'bin/doctor.ts']] },
  generate: { steps: [['node', 'bin/derived-files.ts']] },
  'new-slice': { steps: [['node', 'bin/new-slice.ts']] },
}

const chosen = commands[command]
if (!chosen) fail(`Unknown command ${command}. The commands are ${Object.keys(commands).join(', ')}.`)
install()
const node = newEnough()
if (chosen.web) build()
if (chosen.web || chosen.verifier || command === 'test') buildVerifier()
if (command === 'test' && rest.length === 0 && !isFullSize) {
  const names = fullSizeTests.map((file) => file.slice('test/'.length, -'.test.ts'.length))
  console.log(`Left to the full size (TEST_SIZE=full npm test, or name the file): ${names.join(', ')}.`)
}
const steps = chosen.steps.map(([, ...parts]) => parts)
for (const step of steps.slice(0, -1)) finish(spawnSync(node, step, { cwd: root, stdio: 'inherit', env: environment() }))
stay([...steps.at(-1), ...rest])

/** Installs when nothing is installed, or what is installed is older than the lock file. */
function install() {
  const lock = join(root, 'package-lock.json')
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  console.log('Installing what is missing …')
  finish(spawnSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }))
}

/** Finds a Node that runs TypeScript: the installed one, or the one that runs this. */
function newEnough() {
  for (const candidate of [join(bin, 'node'), process.execPath]) {
    const version = candidate === process.execPath ? process.versions.node : existsSync(candidate) ? versionOf(candidate) : ''
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major > 24 || (major === 24 && minor >= 2)) return candidate
  }
  return fail(
    `SmartStart needs Node 24.2 or newer and found ${process.versions.node}. On Linux x64 the install brings its own ` +
      '(not with --omit=optional); elsewhere install Node 24.',
  )
}

function versionOf(path) {
  return (spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? '').trim().slice(1)
}

/** Builds the workspace unless the present build has the same sources and packages. */
function build() {
  buildOnce({
    what: 'the workspace',
    target: 'index.html',
    sources: ['web', 'domain/documents', 'package-lock.json'],
    step: ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn'],
  })
}

/** Builds the verifier of evidence bundles, in the same way. The workspace comes first: its build empties the folder. */
function buildVerifier() {
  buildOnce({
    what: 'the verifier',
    target: 'verify.mjs',
    sources: [
      'domain/signing/verify',
      'domain/signing/bundle',
      'domain/signing/authority',
      'domain/audit',
      'bin/build-verifier.ts',
      'package-lock.json',
    ],
    step: ['bin/build-verifier.ts'],
  })
}

function buildOnce({ what, target, sources, step }) {
  const built = join(root, 'web', 'dist', target)
  const record = join(root, 'node_modules', '.cache', `${target}-sources`)
  const hash = hashOf(...sources)
  if (existsSync(built) && existsSync(record) && readFileSync(record, 'utf8') === hash) return
  console.log(`Building ${what} …`)
  finish(spawnSync(node, step, { cwd: root, stdio: 'inherit', env: environment() }))
  mkdirSync(dirname(record), { recursive: true })
  writeFileSync(record, hash)
}

/** Hashes names and contents of files and folders. Times would change with every checkout. */
function hashOf(...paths) {
  const hash = createHash('sha256')
  const add = (path) => {
    if (path === 'web/dist') return
    if (!statSync(join(root, path)).isDirectory()) return void hash.update(`${path}\0`).update(readFileSync(join(root, path)))
    for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`)
  }
  for (const path of paths) add(path)
  return hash.digest('hex')
}

function environment() {
  return { ...process.env, PATH: `${bin}:${process.env.PATH}`, NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node') }
}

/** Runs the last step until it exits. Signals are forwarded to it, and its exit code is ours. */
function stay(step) {
  const child = spawn(node, step, { cwd: root, stdio: 'inherit', env: environment() })
  // Ctrl-C reaches the whole group; a SIGTERM only this process
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGHUP', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}

function finish({ status, error }) {
  if (error) fail(error.message)
  if (status !== 0) process.exit(status ?? 1)
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
