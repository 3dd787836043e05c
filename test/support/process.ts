/** A node as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { inheritedEnv } from './servers.ts'

export interface NodeProcess {
  url: string
  child: ChildProcess
  /** What it has written to standard error: its log. */
  errors: () => string
  /** Sends a signal and waits for the end. Answers the exit code; null when the signal killed it. */
  kill(signal: NodeJS.Signals): Promise<number | null>
}

const running = new Set<ChildProcess>()
// a test that ends without its hooks leaves none behind
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** How a process ended that did not come up. */
export interface FailedStart {
  code: number | null
  errors: string
}

/** Starts `main.ts` with these variables alone. Answers once it is ready, or how it ended. */
export async function tryStartNodeProcess(env: Record<string, string>): Promise<NodeProcess | FailedStart> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../main.ts')], {
    env: { ...inheritedEnv, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let errors = ''
  let output = ''
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString()
  })
  const url = await new Promise<string | undefined>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString()
      const ready = /SmartStart is ready at (http:\S+)/.exec(output)
      if (ready) resolve(ready[1])
    })
    child.once('close', () => resolve(undefined))
  })
  if (!url) return { code: child.exitCode, errors }
  return {
    url,
    child,
    errors: () => errors,
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      child.kill(signal)
      await once(child, 'exit')
      return child.exitCode
    },
  }
}

/** As `startProcess`, for a node that must come up. */
export async function startNodeProcess(env: Record<string, string>): Promise<NodeProcess> {
  const started = await tryStartNodeProcess(env)
  if ('code' in started) throw new Error(`the node did not come up: ${started.errors}`)
  return started
}
