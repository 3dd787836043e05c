/** What the servers of the fault tests share: the installed binaries, free ports, folders, and an end with the process. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** What every process that a test starts takes over. Node keeps compiled code between starts, which saves a third of a start's CPU time. */
export const inheritedEnv = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(import.meta.dirname, '../../node_modules/.cache/node'),
}

const debian = '/usr/lib/postgresql'

/** The folder of PostgreSQL's newest installed binaries; undefined when there are none. */
export function findPostgresBinaries(): string | undefined {
  if (!existsSync(debian)) return undefined
  const versions = readdirSync(debian).filter((version) => existsSync(join(debian, version, 'bin', 'postgres')))
  const newest = versions.sort((one, other) => Number(one) - Number(other)).at(-1)
  return newest && join(debian, newest, 'bin')
}

/** Where a program is installed; undefined when it is not. */
export const findProgram = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

/**
 * Whether what a test needs is installed; says in one line what is skipped and why when it is not. What starts a PostgreSQL of its own
 * is the same whatever the run's own database is: TEST_OWN_SERVERS=off leaves it to another run.
 * @param needs `postgresql`, or the name of a program
 */
export function isInstalled(what: string, ...needs: string[]): boolean {
  if (needs.includes('postgresql') && process.env.TEST_OWN_SERVERS === 'off') {
    console.log(`Not tested here: ${what} (TEST_OWN_SERVERS=off).`)
    return false
  }
  const missing = needs.filter((need) => (need === 'postgresql' ? !findPostgresBinaries() : !findProgram(need)))
  if (missing.length > 0) console.log(`Not tested here: ${what} (${missing.join(' and ')} not installed).`)
  return missing.length === 0
}

/** A port that is free now. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** A new folder outside the run's own, which only its user may enter. */
export const createFolder = (name: string) => mkdtempSync(join(tmpdir(), `smartstart-${name}-`))

/** The user as whom PostgreSQL runs: it refuses root. Undefined where we are somebody else already. */
export function findPostgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const number = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: number('-u'), gid: number('-g') }
}
