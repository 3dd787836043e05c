/** The browser's side of web push (RFC 8188, 8291, 8292): its keys, and the decryption of a request. */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, type ECDH } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { ReceivedRequest } from './http-receiver.ts'

export interface PushBrowser {
  /** As of `PushSubscription.toJSON()`. */
  subscription: { endpoint: string; expirationTime: null; keys: { p256dh: string; auth: string } }
  /** Decrypts the message of a request. @throws when it is for another browser, or altered */
  read(received: ReceivedRequest): any
}

export function createPushBrowser(endpoint: string): PushBrowser {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  const auth = randomBytes(16)
  return {
    subscription: { endpoint, expirationTime: null, keys: { p256dh: pair.getPublicKey('base64url'), auth: auth.toString('base64url') } },
    read: ({ body }) => JSON.parse(decrypt(pair, auth, body)),
  }
}

const deriveKey = (secret: Buffer, salt: Buffer, info: string | Buffer, length: number) =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, length))

function decrypt(pair: ECDH, auth: Buffer, body: Buffer): string {
  const salt = body.subarray(0, 16)
  const keyLength = body[20] as number
  const sender = body.subarray(21, 21 + keyLength)
  const record = body.subarray(21 + keyLength)
  if (record.length > body.readUInt32BE(16)) throw new Error('more than one record')
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), sender])
  const secret = deriveKey(pair.computeSecret(sender), auth, info, 32)
  const key = deriveKey(secret, salt, 'Content-Encoding: aes128gcm\0', 16)
  const nonce = deriveKey(secret, salt, 'Content-Encoding: nonce\0', 12)
  const cipher = createDecipheriv('aes-128-gcm', key, nonce)
  cipher.setAuthTag(record.subarray(-16))
  const plain = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()])
  // 2 ends the last record; zeros are padding
  return plain.subarray(0, plain.lastIndexOf(2)).toString('utf8')
}

/** Verifies the sender's VAPID token. @throws when the signature is invalid, or for another service */
export function verifyVapid({ headers }: ReceivedRequest, audience: string): { key: string; claims: jwt.JwtPayload } {
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(.+)$/.exec(headers.authorization ?? '') ?? []
  const point = Buffer.from(key, 'base64url')
  const publicKey = createPublicKey({
    format: 'jwk',
    key: { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') },
  })
  return { key, claims: jwt.verify(token, publicKey, { algorithms: ['ES256'], audience }) as jwt.JwtPayload }
}
