/** Servers and background load as child processes. CPU time and memory are read from /proc, so this needs Linux. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { availableParallelism, constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { engineFlags } from '../../bin/engine.js'

export interface Server {
  url: string
  /** CPU time so far, user and system, of all threads. */
  cpuMs(): number
  /** Resident memory. */
  memoryBytes(): number
  signal(signal: NodeJS.Signals): void
  /** Sends SIGTERM and waits for the exit. */
  stop(): Promise<void>
}

/** Whether servers and load have a core each. */
export const isPinned = process.platform === 'linux' && availableParallelism() > 1
/** What /proc counts in: `getconf CLK_TCK` and the page size of Linux on x64 and arm64. */
const ticksPerSecond = 100
const pageBytes = 4096

/** The V8 flags of `npm start` on as many cores as a server has here. */
export const npmStartFlags = engineFlags(isPinned ? 1 : availableParallelism())

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** Moves this process, the load, to core 1, away from the servers. */
export function pinLoad(): void {
  if (isPinned) execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '1', String(process.pid)])
}

function spawnNode(core: 0 | 1, args: string[], env: Record<string, string | undefined> = {}) {
  const [program = '', ...rest] = [...(isPinned ? ['taskset', '--cpu-list', String(core)] : []), process.execPath, ...args]
  const child = spawn(program, rest, { env: { ...process.env, NODE_ENV: 'production', ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** A path below bench/. */
const pathOf = (file: string) => join(import.meta.dirname, '..', file)

/** Starts a file of bench/ on core 0. Resolves once it prints its address. */
export async function startServer(file: string, env: Record<string, string | undefined> = {}, flags: string[] = []): Promise<Server> {
  const child = spawnNode(0, [...flags, pathOf(file)], env)
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      const address = /(http:\S+)\s/.exec(output)?.[1]
      if (address) resolve(address)
    })
    child.once('close', () => reject(new Error(`${file} did not start`)))
  })
  const read = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8')
  return {
    url,
    cpuMs() {
      // the program's name may hold spaces and ends with the last parenthesis; utime and stime are fields 14 and 15
      const stat = read('stat')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
    },
    memoryBytes: () => Number(read('statm').split(' ')[1]) * pageBytes,
    signal: (signal) => child.kill(signal),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Runs a file of bench/ on core 0 until it exits. Returns what it printed. */
export async function runToEnd(file: string, env: Record<string, string | undefined>): Promise<string> {
  const child = spawnNode(0, [pathOf(file)], env)
  let output = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${file} exited with ${code}`)
  return output.trim()
}

export interface BackgroundLoad {
  /** The first line that it printed. */
  firstLine: Promise<string>
  /** Closes its input and waits for the exit. Returns the last line that it printed. */
  stop(): Promise<string>
}

/**
 * Starts a file of bench/ on the load's core. It has the lowest priority, because this process measures keystrokes on the same core and
 * would otherwise report the waits for the background load as the server's.
 */
export function startBackgroundLoad(file: string, args: string[]): BackgroundLoad {
  const child = spawnNode(1, [pathOf(file), ...args])
  if (child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  const closed = once(child, 'close')
  let lastLine = ''
  const firstLine = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => resolve((lastLine = data.toString().trim())))
    void closed.then(([code]) => reject(new Error(`${file} exited with ${code}`)))
  })
  firstLine.catch(() => {})
  return {
    firstLine,
    async stop() {
      child.stdin.end()
      await closed
      return lastLine
    },
  }
}
