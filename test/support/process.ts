/** A node in its own process, which tests can kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { inheritedEnv } from './servers.ts'

export interface NodeProcess {
  url: string
  child: ChildProcess
  /** Its log: what it has written to standard error. */
  errors: () => string
  /** Sends a signal and waits for the exit. @returns the exit code; null if the signal killed it */
  kill(signal: NodeJS.Signals): Promise<number | null>
}

const running = new Set<ChildProcess>()
// also after a run that ends without its hooks
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A process that exited before it was ready. */
export interface FailedStart {
  code: number | null
  errors: string
}

/** Starts `main.ts` with only these variables. Resolves when it is ready or has exited. */
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

/** Starts `main.ts`. @throws when it exits before it is ready */
export async function startNodeProcess(env: Record<string, string>): Promise<NodeProcess> {
  const started = await tryStartNodeProcess(env)
  if ('code' in started) throw new Error(`the node did not start: ${started.errors}`)
  return started
}
