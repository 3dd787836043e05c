// Runs one of SmartStart's commands: installs what is missing, builds what is stale, finds a Node that is new enough.
// Plain JavaScript that Node 20 can read, because npm may start it with that.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineFlags } from './engine.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'node_modules', '.bin')
const [command = 'start', ...rest] = process.argv.slice(2)

/** What each command runs, in order; the last one takes the arguments. `web` builds the workspace first when it is stale. */
const commands = {
  start: { web: true, steps: [['node', ...engineFlags(availableParallelism()), 'main.ts']] },
  demo: { web: true, steps: [['node', ...engineFlags(availableParallelism()), 'bin/demo.ts']] },
  test: { web: true, steps: [['node', 'node_modules/vitest/vitest.mjs', 'run']] },
  faults: {
    steps: [['node', 'node_modules/vitest/vitest.mjs', 'run', 'test/faults', '--reporter=default', '--disable-console-intercept']],
  },
  check: {
    steps: [
      ['node', 'node_modules/typescript/bin/tsc', '-p', '.'],
      ['node', 'node_modules/typescript/bin/tsc', '-p', 'web'],
      ['node', 'node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings'],
      ['node', 'node_modules/@biomejs/biome/bin/biome', 'ci', '.'],
      ['node', 'node_modules/vitest/vitest.mjs', 'run', 'test/house.test.ts'],
    ],
  },
  format: { steps: [['node', 'node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.']] },
  // the load has one core, on which no thread of V8's is to stand before it
  bench: { steps: [['node', ...engineFlags(1), 'bench/run.ts']] },
  revocation: { steps: [['node', 'bench/revocation.ts']] },
  replay: { steps: [['node', 'bench/replay.ts']] },
  doctor: { steps: [['node', 'bin/doctor.ts']] },
}

const chosen = commands[command]
if (!chosen) fail(`There is no command ${command}; there are ${Object.keys(commands).join(', ')}.`)
install()
const node = newEnough()
if (chosen.web) build()
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

/** A Node that runs TypeScript as it is: the one that came with the install, else the one that runs this. */
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

/** Builds the workspace when one of its sources, or what it is built with, is newer than what was built. */
function build() {
  const built = join(root, 'web', 'dist', 'index.html')
  const sources = newest(join(root, 'web'), (path) => path !== join(root, 'web', 'dist'))
  const stale = !existsSync(built) || statSync(built).mtimeMs < Math.max(sources, statSync(join(root, 'package-lock.json')).mtimeMs)
  if (!stale) return
  console.log('Building the workspace …')
  finish(
    spawnSync(node, ['node_modules/vite/bin/vite.js', 'build', 'web', '--logLevel', 'warn'], {
      cwd: root,
      stdio: 'inherit',
      env: environment(),
    }),
  )
}

function newest(folder, wanted) {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => join(folder, entry.name))
    .filter(wanted)
    .reduce((latest, path) => {
      const stat = statSync(path)
      return Math.max(latest, stat.isDirectory() ? newest(path, wanted) : stat.mtimeMs)
    }, 0)
}

function environment() {
  return { ...process.env, PATH: `${bin}:${process.env.PATH}`, NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node') }
}

/** Runs the last step until it ends or is told to; signals go on to it, and its end is ours. */
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
