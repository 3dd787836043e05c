/** A client of a timestamp authority (RFC 3161). Its answer is checked before it is used. */
import 'reflect-metadata'
import { randomBytes } from 'node:crypto'
import { fromBER, Integer, OctetString } from 'asn1js'
import type { TimestampAuthority } from '@libpdf/core'
import { AlgorithmIdentifier, MessageImprint, SignedData, TimeStampReq, TimeStampResp, TSTInfo } from 'pkijs'

const timeoutMs = 20_000
const maxResponseBytes = 256 * 1024
const sha256 = '2.16.840.1.101.3.4.2.1'

/** There is no usable timestamp. The message says why, in words for an administrator. */
export class TimestampUnavailableError extends Error {}

/** Creates the client. @param url as TSA_URL */
export function createTimestampAuthority(url: string): TimestampAuthority {
  return {
    async timestamp(digest, algorithm) {
      if (algorithm !== 'SHA-256') throw new Error(`Timestamps are made of SHA-256, not ${algorithm}.`)
      const nonce = createNonce()
      const request = new TimeStampReq({
        version: 1,
        messageImprint: new MessageImprint({
          hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha256 }),
          hashedMessage: new OctetString({ valueHex: toBuffer(digest) }),
        }),
        nonce: new Integer({ valueHex: toBuffer(nonce) }),
        certReq: true,
      })
      const token = readToken(await post(url, new Uint8Array(request.toSchema().toBER(false))), digest, nonce)
      return new Uint8Array(token)
    },
  }
}

/** Positive, and of a length that no authority shortens. */
function createNonce(): Uint8Array {
  const bytes = new Uint8Array(randomBytes(16))
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40
  return bytes
}

async function post(url: string, body: Uint8Array): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const headers = { 'content-type': 'application/timestamp-query' }
    const response = await fetch(url, { method: 'POST', headers, body: body as BodyInit, redirect: 'error', signal })
    if (!response.ok) throw new TimestampUnavailableError(`The timestamp authority answered ${response.status}.`)
    const parts: Uint8Array[] = []
    let length = 0
    for await (const part of response.body ?? []) {
      length += part.length
      if (length > maxResponseBytes) throw new TimestampUnavailableError('The answer of the timestamp authority is too long.')
      parts.push(part)
    }
    return new Uint8Array(Buffer.concat(parts))
  } catch (error) {
    if (error instanceof TimestampUnavailableError) throw error
    throw new TimestampUnavailableError('The timestamp authority cannot be reached. Check TSA_URL.', { cause: error })
  }
}

/** The token of an answer, if it is about this digest and request. */
function readToken(answer: Uint8Array, digest: Uint8Array, nonce: Uint8Array): ArrayBuffer {
  try {
    const parsed = fromBER(toBuffer(answer))
    if (parsed.offset === -1) throw new Error('not DER')
    const { status, timeStampToken } = new TimeStampResp({ schema: parsed.result })
    if ((status.status !== 0 && status.status !== 1) || !timeStampToken) throw new Error(`status ${status.status}`)
    const { eContent } = new SignedData({ schema: timeStampToken.content }).encapContentInfo
    const info = TSTInfo.fromBER(eContent?.getValue() ?? new ArrayBuffer(0))
    const isSameImprint = Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView).equals(digest)
    if (!isSameImprint || info.messageImprint.hashAlgorithm.algorithmId !== sha256) throw new Error('it is about another file')
    if (!info.nonce || !Buffer.from(info.nonce.valueBlock.valueHexView).equals(nonce)) throw new Error('it answers another request')
    return timeStampToken.toSchema().toBER(false)
  } catch (error) {
    throw new TimestampUnavailableError(`The answer of the timestamp authority cannot be used: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}

const toBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer
