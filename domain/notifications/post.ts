/** One request to an address that somebody gave: guarded, bounded, and never sent further. */
import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { type OutgoingAnswer, type OutgoingRequest, Unreached } from '../kernel/outside.ts'
import { publicLookup, wrongWith } from './address.ts'

/** Bytes of an answer that are read; whatever follows is not waited for. */
const mostRead = 16 * 1024
/** Bytes of the head of an answer. */
const mostHead = 8 * 1024

/**
 * POSTs, on a connection of its own.
 * @param allowPrivate addresses of private networks may be asked, and http
 * @throws Unreached when there was no answer, or the address may not be asked
 */
export function post({ url, headers, body, within }: OutgoingRequest, allowPrivate: boolean): Promise<OutgoingAnswer> {
  const wrong = wrongWith(url, allowPrivate)
  if (wrong) return Promise.reject(new Unreached(`The address is not asked: it ${wrong}.`, { refused: true }))
  const asked = new URL(url)
  return new Promise((resolve, reject) => {
    const request = (asked.protocol === 'http:' ? overHttp : overHttps)(asked, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      agent: false,
      maxHeaderSize: mostHead,
      ...(allowPrivate ? {} : { lookup: publicLookup }),
    })
    const timer = setTimeout(() => end(new Unreached(`There was no whole answer within ${within / 1000} s.`)), within)
    let ended = false
    const end = (outcome: OutgoingAnswer | Error) => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      request.destroy()
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome)
    }
    request.on('error', (error: NodeJS.ErrnoException) =>
      end(error instanceof Unreached ? error : new Unreached(inWords(error), { cause: error })),
    )
    request.on('response', (response) => {
      const answered = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }
      let read = 0
      response.on('data', (piece: Buffer) => {
        read += piece.length
        if (read > mostRead) end(answered)
      })
      response.on('end', () => end(answered))
      response.on('error', (error) => end(new Unreached(inWords(error), { cause: error })))
      response.on('close', () => end(new Unreached('The connection was closed before the answer was whole.')))
    })
    request.end(body)
  })
}

function inWords(error: NodeJS.ErrnoException): string {
  const known: Record<string, string> = {
    ECONNREFUSED: 'Nobody listens there.',
    ECONNRESET: 'The connection was closed before an answer.',
    ENOTFOUND: 'The name is not known.',
    EAI_AGAIN: 'The name could not be looked up.',
    EHOSTUNREACH: 'The network does not lead there.',
    ENETUNREACH: 'The network does not lead there.',
    ETIMEDOUT: 'The connection was not taken in time.',
    HPE_HEADER_OVERFLOW: 'The head of the answer is too large.',
  }
  const { code = '' } = error
  if (known[code]) return known[code]
  if (/CERT|SIGNATURE|SELF_SIGNED|TLS|SSL|EPROTO/.test(code)) return `The certificate or the encryption is not good (${code}).`
  if (code.startsWith('HPE_')) return 'What answers there does not speak HTTP.'
  return `The connection failed (${code || error.message}).`
}
