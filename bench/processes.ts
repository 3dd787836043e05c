/** Servers as processes of their own, on one core, with what they cost: read from /proc, so the figures need Linux. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { engineFlags } from '../bin/engine.js'

/** A running server. */
export interface Served {
  url: string
  /** CPU time so far, milliseconds of user and system together. */
  cpu(): number
  /** Resident memory, bytes. */
  memory(): number
  signal(signal: NodeJS.Signals): void
  /** Ends it and waits for the end. */
  stop(): Promise<void>
}

/** Whether servers and load have a core each. */
export const pinned = process.platform === 'linux' && availableParallelism() > 1
/** `getconf CLK_TCK`, and the page: what /proc counts in. Both are fixed on Linux x64 and arm64 servers. */
const ticksPerSecond = 100
const pageBytes = 4096

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** What `npm start` tells V8 on so many cores. */
export const ofNpmStart = engineFlags(pinned ? 1 : availableParallelism())

/** Keeps this process, the load, away from the servers' core. */
export function pinLoad(): void {
  if (pinned) execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '1', String(process.pid)])
}

const ofServers = ['taskset', '--cpu-list', '0']
/** The load's core, where this process wants nothing of it (`sched` 7: SCHED_IDLE). */
const ofCrowds = ['taskset', '--cpu-list', '1', 'chrt', '--idle', '0']

function begin(file: string, env: Record<string, string | undefined>, flags: string[], place = ofServers, input: string[] = []) {
  const command = [process.execPath, ...flags, join(import.meta.dirname, file), ...input]
  const [program = '', ...rest] = pinned ? [...place, ...command] : command
  const child = spawn(program, rest, {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** Runs a file of this folder on the servers' core to its end. Answers what it printed. */
export async function output(file: string, env: Record<string, string | undefined>): Promise<string> {
  const child = begin(file, env, [])
  let told = ''
  child.stdout.on('data', (data: Buffer) => {
    told += data.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${file} ended with ${code}`)
  return told.trim()
}

/** Where nothing else wants the core (`sched` 7: SCHED_IDLE), and hardly ever in the kernel, where nobody could go before it. */
const spin = ['chrt', '--idle', '0', 'sh', '-c', 'while kill -0 $PPID; do n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); done; done']

/**
 * Keeps a core from going to sleep, by a process that lets everything else go first. The host of a virtual machine may wake a core that
 * sleeps up to 10 ms late, the more often the busier the other is, and that would be told as the servers' doing.
 * @returns what lets it sleep again
 */
export function keepAwake(whose: 'load' | 'servers'): () => void {
  if (!pinned) return () => {}
  const child = spawn('taskset', ['--cpu-list', whose === 'load' ? '1' : '0', ...spin], { stdio: 'ignore' })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return () => child.kill('SIGKILL')
}

/**
 * Lets this process, who types and whose screen it is, go before whatever else runs on the load's core: they would be on machines of their own, and the
 * database, which has no core of its own here, held them for up to 10 ms. Needs root; without it all is as it was.
 * @returns what takes it back
 */
export function putLoadFirst(): () => void {
  if (!pinned) return () => {}
  const schedule = (...policy: string[]) => spawnSync('chrt', ['--all-tasks', ...policy, String(process.pid)])
  schedule('--reset-on-fork', '--fifo', '--pid', '1')
  return () => void schedule('--other', '--pid', '0')
}

/** A crowd in a process of its own. */
export interface Crowd {
  /** What it printed first. */
  told: Promise<string>
  /** Ends it. Answers what it printed last. */
  leave(): Promise<string>
}

/** Starts a crowd, a file of this folder, on the load's core; this process goes before it. */
export function startCrowd(file: string, input: string[]): Crowd {
  const child = begin(file, {}, ofNpmStart, ofCrowds, input)
  const ended = once(child, 'close')
  let last = ''
  child.stdout.on('data', (line: Buffer) => (last = String(line).trim()))
  const early = ended.then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`)))
  early.catch(() => {})
  return {
    told: Promise.race([once(child.stdout, 'data').then(([line]) => String(line).trim()), early]),
    async leave() {
      child.stdin.end()
      await ended
      return last
    },
  }
}

/**
 * Starts a file of this folder on the servers' core. Answers once it prints its address.
 * @param flags for Node
 */
export async function launch(file: string, env: Record<string, string | undefined>, flags: string[] = []): Promise<Served> {
  const child = begin(file, env, flags)
  const url = await new Promise<string>((done, fail) => {
    let output = ''
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      const ready = /(http:\S+)\s/.exec(output)
      if (ready?.[1]) done(ready[1])
    })
    child.once('close', () => fail(new Error(`${file} did not come up`)))
  })
  const read = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8')
  return {
    url,
    cpu() {
      // the name of the program, which may hold anything, ends with the last parenthesis; utime and stime are fields 14 and 15
      const stat = read('stat')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
    },
    memory: () => Number(read('statm').split(' ')[1]) * pageBytes,
    signal: (signal) => child.kill(signal),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
