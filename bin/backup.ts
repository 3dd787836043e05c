/** `npm run backup [-- <file>]`: backs up an embedded installation (database, files, secrets) into one file, whether it runs or not. */
import { createWriteStream, existsSync, linkSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname, join, resolve, sep } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ConfigError, readConfig } from '../config.ts'
import { InvalidBackupError, packDirectory, verifyBackup } from '../domain/kernel/backup/backup-file.ts'
import { backupSocketFile, describeDamage, StartupError } from '../domain/kernel/db/data-dir.ts'
import { DirectoryInUseError, lockDirectory } from '../domain/kernel/db/data-dir-lock.ts'
import { syncFolder } from '../domain/kernel/token-secret.ts'
import packageFile from '../package.json' with { type: 'json' }

/** The command cannot go on; the message is one sentence for the operator. */
class CommandError extends Error {}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

/** Connects to the node that runs on a directory; undefined when none does. */
function runningNode(dataDir: string): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect(join(dataDir, backupSocketFile))
    socket.once('connect', () => done(socket))
    socket.once('error', () => done(undefined))
  })
}

/** The bytes of a backup, and a function to call when they have been read. */
async function openSource(dataDir: string): Promise<{ bytes: Readable; end: () => void }> {
  const socket = await runningNode(dataDir)
  if (socket) return { bytes: socket, end: () => socket.destroy() }
  if (!existsSync(dataDir)) throw new CommandError(`DATA_DIR: ${dataDir} does not exist. Check DATA_DIR.`)
  const damage = describeDamage(dataDir)
  if (damage) throw new CommandError(`DATA_DIR: ${dataDir} ${damage}`)
  try {
    const lock = lockDirectory(dataDir)
    return { bytes: Readable.from(packDirectory(dataDir, packageFile.version)), end: () => lock.release() }
  } catch (error) {
    if (!(error instanceof DirectoryInUseError)) throw error
    throw new CommandError(`${error.message}. It does not accept backup requests at the moment. Try again, or see its log.`)
  }
}

async function backUp(): Promise<string> {
  const { dataDir, databaseUrl } = readConfig(process.env)
  if (databaseUrl)
    throw new CommandError('DATABASE_URL is set: back up PostgreSQL with pg_dump or a base backup (docs/backup.md, "PostgreSQL").')
  const name = process.argv[2] ?? `smartstart-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z.backup`
  const target = resolve(process.env.INIT_CWD ?? '.', name)
  if (`${target}${sep}`.startsWith(`${dataDir}${sep}`)) throw new CommandError(`${target} is inside DATA_DIR. Choose a file outside of it.`)
  if (existsSync(target)) throw new CommandError(`${target} already exists. Choose another name.`)
  const partial = `${target}.${process.pid}.partial`
  const { bytes, end } = await openSource(dataDir)
  try {
    let size = 0
    const counter = new Transform({
      transform(chunk: Buffer, _, next) {
        size += chunk.length
        if (process.stdout.isTTY) process.stdout.write(`\r${megabytes(size)} …`)
        next(null, chunk)
      },
    })
    // the backup contains the secrets of the installation
    await pipeline(bytes, counter, createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }))
    const { header } = await verifyBackup(partial)
    // unlike a rename, a link fails if the file was created meanwhile
    linkSync(partial, target)
    syncFolder(dirname(target))
    return `Backed up ${dataDir} into ${target} (${megabytes(size)}, checked, made at ${header.madeAt}).`
  } catch (error) {
    if (error instanceof InvalidBackupError)
      throw new CommandError('The node stopped the backup before it was complete. See its log, and try again.')
    throw error
  } finally {
    end()
    rmSync(partial, { force: true })
  }
}

try {
  const message = await backUp()
  console.log(`${process.stdout.isTTY ? '\r' : ''}${message}`)
} catch (error) {
  const known = [CommandError, ConfigError, StartupError].some((kind) => error instanceof kind)
  console.error(known ? (error as Error).message : `The backup failed: ${(error as Error).message}.`)
  process.exitCode = 1
}
