/** The migrations of this folder, which run in the order of their names. A released one is never changed. */
import type { Migration } from '@mikro-orm/migrations'
import { readdirSync } from 'node:fs'
import type { Constructor } from '@mikro-orm/core'

const files = readdirSync(import.meta.dirname).filter((name) => /^\d{4}-.+\.ts$/.test(name))

/** @throws Error where a file exports no migration, or two have one number */
async function load(file: string): Promise<{ name: string; class: Constructor<Migration> }> {
  if (files.some((other) => other !== file && other.slice(0, 4) === file.slice(0, 4)))
    throw new Error(`Two migrations have the number of ${file}.`)
  const [migration, ...others] = Object.values((await import(/* @vite-ignore */ `./${file}`)) as Record<string, Constructor<Migration>>)
  if (!migration || others.length > 0) throw new Error(`migrations/${file} exports one class.`)
  return { name: file.slice(0, -'.ts'.length), class: migration }
}

export const migrations = await Promise.all(files.sort().map(load))
