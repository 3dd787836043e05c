/** The secret that signs access tokens, stored in DATA_DIR where TOKEN_SECRET is not set. */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toDirectoryError, StartupError } from './db/data-dir.ts'

const fileName = 'token-secret'
/** The same minimum as for TOKEN_SECRET. */
const minCharacters = 32

/**
 * Reads the stored secret; undefined when there is none yet.
 * @throws StartupError when it is empty, too short or not text: tokens signed with it could be forged
 */
export function readTokenSecret(dataDir: string): string | undefined {
  let secret: string
  try {
    secret = readFileSync(join(dataDir, fileName), 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw toDirectoryError(dataDir, error)
  }
  if (secret.trim().length < minCharacters || secret.includes('\0') || secret.includes('\uFFFD')) {
    throw new StartupError(
      `DATA_DIR: ${join(dataDir, fileName)} is damaged: it must be a text of at least ${minCharacters} characters. ` +
        'Restore it from a backup, or delete it: then a new secret is created and everyone signs in again.',
    )
  }
  return secret
}

/** Creates and stores a secret. @throws StartupError when it cannot be written */
export function createTokenSecret(dataDir: string): string {
  const secret = randomBytes(32).toString('base64url')
  writeSecretFile(dataDir, fileName, secret)
  return secret
}

/**
 * Stores a secret in DATA_DIR, readable by its owner only. A full disk or a crash leaves no file or a complete one.
 * @throws StartupError when it cannot be written
 */
export function writeSecretFile(dataDir: string, name: string, secret: string): void {
  const draft = join(dataDir, `${name}.unfinished`)
  try {
    const descriptor = openSync(draft, 'w', 0o600)
    try {
      writeFileSync(descriptor, secret)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, join(dataDir, name))
    syncFolder(dataDir)
  } catch (error) {
    rmSync(draft, { force: true })
    throw toDirectoryError(dataDir, error)
  }
}

/** Makes file names in a folder survive a power failure. Systems that cannot open folders (Windows) skip it. */
export function syncFolder(folder: string): void {
  let descriptor: number
  try {
    descriptor = openSync(folder, 'r')
  } catch {
    return
  }
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
