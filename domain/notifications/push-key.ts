/** The keys by which push services know this installation (VAPID, RFC 8292): made once, the same on every node. */
import { createECDH } from 'node:crypto'
import { sql } from 'kysely'
import { signedIn } from '../access/permission.ts'
import { query, type View } from '../kernel/operation.ts'

export interface PushKeys {
  publicKey: string
  privateKey: string
}

const name = 'vapid'

/** The keys. Of two nodes that make them at once, the second has what the first made. */
export async function pushKeys(view: View): Promise<PushKeys> {
  const known = await readKeys(view)
  if (known) return known
  const { publicKey, privateKey } = newKeys()
  await sql`insert into push_key (name, public_key, private_key) values (${name}, ${publicKey}, ${privateKey}) on conflict do nothing`.execute(
    view.em.getKysely() as never,
  )
  return (await readKeys(view)) as PushKeys
}

async function readKeys(view: View): Promise<PushKeys | undefined> {
  const { rows } = await sql<PushKeys>`
    select public_key as "publicKey", private_key as "privateKey" from push_key where name = ${name}`.execute(view.em.getKysely() as never)
  return rows[0]
}

/** A pair on P-256. A private key may be short by leading zeros, which push services do not take. */
function newKeys(): PushKeys {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  const privateKey = pair.getPrivateKey()
  return {
    publicKey: pair.getPublicKey().toString('base64url'),
    privateKey: Buffer.concat([Buffer.alloc(32 - privateKey.length), privateKey]).toString('base64url'),
  }
}

/** What a browser subscribes with. */
export const getPushKey = query('notifications.getPushKey', {
  input: {},
  may: signedIn,
  does: async (view): Promise<{ publicKey: string }> => ({ publicKey: (await pushKeys(view)).publicKey }),
})
