/** What test servers share: installed programs, free ports and folders. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Environment of every process that a test starts. The compile cache saves a third of the CPU time of a start. */
export const inheritedEnv = {
  PATH: process.env.PATH ?? '',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(import.meta.dirname, '../../node_modules/.cache/node'),
}

const debian = '/usr/lib/postgresql'

/** The folder with the newest installed binaries of PostgreSQL, or undefined. */
export function findPostgresBinaries(): string | undefined {
  if (!existsSync(debian)) return undefined
  const versions = readdirSync(debian).filter((version) => existsSync(join(debian, version, 'bin', 'postgres')))
  const newest = versions.sort((one, other) => Number(one) - Number(other)).at(-1)
  return newest && join(debian, newest, 'bin')
}

/** The path of an installed program, or undefined. */
export const findProgram = (name: string): string | undefined =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

/**
 * Whether the programs that a test needs are installed. If not, logs what is skipped and why. Tests with their own PostgreSQL do not depend
 * on the database of the run: TEST_OWN_SERVERS=off leaves them to another run.
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

/** Finds a free port. */
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

/** Creates a folder outside the run's folder, which only its user may enter. */
export const createFolder = (name: string) => mkdtempSync(join(tmpdir(), `smartstart-${name}-`))

/** The user for PostgreSQL, which refuses to run as root; undefined if this process is not root. */
export function findPostgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const number = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: number('-u'), gid: number('-g') }
}
