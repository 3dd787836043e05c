/** The keys by which push services identify this installation (VAPID, RFC 8292): created once, the same on every node. */
import { createECDH } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Tables } from '../../kernel/db/schema.ts'
import { requireSignedIn } from '../../kernel/permission.ts'
import { command } from '../../kernel/operation.ts'

export interface PushKeys {
  publicKey: string
  privateKey: string
}

const name = 'vapid'

/** Reads the keys, or creates them. If two nodes create them at once, both use the first ones. */
export async function ensurePushKeys(db: Kysely<Tables>): Promise<PushKeys> {
  const known = await readKeys(db)
  if (known) return known
  const { publicKey, privateKey } = generateKeys()
  await db
    .insertInto('push_key')
    .values({ name, public_key: publicKey, private_key: privateKey })
    .onConflict((there) => there.doNothing())
    .execute()
  return (await readKeys(db)) as PushKeys
}

const readKeys = (db: Kysely<Tables>): Promise<PushKeys | undefined> =>
  db.selectFrom('push_key').select(['public_key as publicKey', 'private_key as privateKey']).where('name', '=', name).executeTakeFirst()

/** Generates a key pair on P-256. A private key with leading zeros is padded, since push services do not accept a short one. */
function generateKeys(): PushKeys {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  const privateKey = pair.getPrivateKey()
  return {
    publicKey: pair.getPublicKey().toString('base64url'),
    privateKey: Buffer.concat([Buffer.alloc(32 - privateKey.length), privateKey]).toString('base64url'),
  }
}

/** The public key for subscribing. A command, because the first call creates the keys. */
export const getPushKey = command('notifications.getPushKey', {
  input: {},
  authorize: requireSignedIn,
  execute: async (work): Promise<{ publicKey: string }> => ({ publicKey: (await ensurePushKeys(work.db)).publicKey }),
})
