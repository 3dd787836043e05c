/** The private key of the installation's certificate authority (P-256), stored in DATA_DIR where SIGNING_CA_KEY is not set. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartupError, toDirectoryError } from '../../kernel/db/data-dir.ts'
import { writeSecretFile } from '../../kernel/token-secret.ts'

const fileName = 'signing-ca-key'

/** Parses a key: PKCS#8 PEM, or base64 of the PEM or of its bytes. @throws Error where it is no private key on the curve P-256 */
export function parseSigningKey(text: string): KeyObject {
  const key = createPrivateKey(toKeyInput(text.trim()))
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Error('the key is not on the curve P-256')
  return key
}

function toKeyInput(text: string): Parameters<typeof createPrivateKey>[0] {
  // environments that hold one line write line breaks as \n
  if (text.startsWith('-----')) return text.replaceAll('\\n', '\n')
  const bytes = Buffer.from(text, 'base64')
  return bytes.subarray(0, 5).toString() === '-----' ? bytes.toString() : { key: bytes, format: 'der', type: 'pkcs8' }
}

/** Whether a text is a key that `parseSigningKey` accepts. */
export function isSigningKey(text: string): boolean {
  try {
    parseSigningKey(text)
    return true
  } catch {
    return false
  }
}

/** Reads the stored key; undefined when there is none yet. @throws StartupError when it is damaged */
export function readSigningKey(dataDir: string): KeyObject | undefined {
  let text: string
  try {
    text = readFileSync(join(dataDir, fileName), 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw toDirectoryError(dataDir, error)
  }
  try {
    return parseSigningKey(text)
  } catch {
    throw new StartupError(
      `DATA_DIR: ${join(dataDir, fileName)} is damaged: it must be a private key on the curve P-256 (PKCS#8 PEM). ` +
        'Restore it from a backup, or delete it: then a new key is created, and agreements are sealed under a new root certificate.',
    )
  }
}

/** Creates and stores a key. @throws StartupError when it cannot be written */
export function createSigningKey(dataDir: string): KeyObject {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  writeSecretFile(dataDir, fileName, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return privateKey
}
