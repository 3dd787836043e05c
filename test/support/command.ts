/** A command of package.json, run as npm runs it: what it says and how it ends. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { inherited } from './servers.ts'

export interface Run {
  code: number | null
  output: string
  errors: string
}

/** @param script a file of `bin/` */
export async function runCommand(script: string, args: string[], env: Record<string, string>): Promise<Run> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin', script), ...args], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { output: '', errors: '' }
  child.stdout.on('data', (data: Buffer) => {
    said.output += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    said.errors += data.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...said }
}
