/** Runs a command of package.json as npm does, and returns its output and exit code. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { inheritedEnv } from './servers.ts'

export interface CommandResult {
  code: number | null
  output: string
  errors: string
}

/** @param script a file of `bin/` */
export async function runCommand(script: string, args: string[], env: Record<string, string>): Promise<CommandResult> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin', script), ...args], {
    env: { ...inheritedEnv, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { output: '', errors: '' }
  child.stdout.on('data', (data: Buffer) => {
    written.output += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    written.errors += data.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...written }
}
