/** One HTTP request to an address that a user entered: checked, bounded, without redirects. */
import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { type OutgoingResponse, type OutgoingRequest, UnreachableError } from '../../kernel/outbound.ts'
import { publicLookup, describeUrlProblem } from './ssrf-guard.ts'

/** Maximum bytes of a response that are read; the rest is ignored. */
const maxBodyBytes = 16 * 1024
/** Maximum bytes of the response headers. */
const maxHeaderBytes = 8 * 1024

/**
 * Sends a POST request on a connection of its own.
 * @param allowPrivate allows addresses of private networks, and http
 * @throws UnreachableError when there was no response, or the address is blocked
 */
export function post({ url, headers, body, timeoutMs }: OutgoingRequest, allowPrivate: boolean): Promise<OutgoingResponse> {
  const problem = describeUrlProblem(url, allowPrivate)
  if (problem) return Promise.reject(new UnreachableError(`The address is blocked: it ${problem}.`, { blocked: true }))
  const target = new URL(url)
  return new Promise((resolve, reject) => {
    const request = (target.protocol === 'http:' ? overHttp : overHttps)(target, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      agent: false,
      maxHeaderSize: maxHeaderBytes,
      ...(allowPrivate ? {} : { lookup: publicLookup }),
    })
    const timer = setTimeout(() => finish(new UnreachableError(`There was no complete response within ${timeoutMs / 1000} s.`)), timeoutMs)
    let ended = false
    const finish = (outcome: OutgoingResponse | Error) => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      request.destroy()
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome)
    }
    request.on('error', (error: NodeJS.ErrnoException) =>
      finish(error instanceof UnreachableError ? error : new UnreachableError(describeError(error), { cause: error })),
    )
    request.on('response', (response) => {
      const answered = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }
      let read = 0
      response.on('data', (piece: Buffer) => {
        read += piece.length
        if (read > maxBodyBytes) finish(answered)
      })
      response.on('end', () => finish(answered))
      response.on('error', (error) => finish(new UnreachableError(describeError(error), { cause: error })))
      response.on('close', () => finish(new UnreachableError('The connection was closed before the response was complete.')))
    })
    request.end(body)
  })
}

function describeError(error: NodeJS.ErrnoException): string {
  const known: Record<string, string> = {
    ECONNREFUSED: 'Connection refused.',
    ECONNRESET: 'The connection was closed before a response.',
    ENOTFOUND: 'The host name does not exist.',
    EAI_AGAIN: 'The host name could not be resolved.',
    EHOSTUNREACH: 'No route to host.',
    ENETUNREACH: 'No route to host.',
    ETIMEDOUT: 'The connection timed out.',
    HPE_HEADER_OVERFLOW: 'The response headers are too large.',
  }
  const { code = '' } = error
  if (known[code]) return known[code]
  if (/CERT|SIGNATURE|SELF_SIGNED|TLS|SSL|EPROTO/.test(code)) return `The TLS connection failed (${code}).`
  if (code.startsWith('HPE_')) return 'The response is not HTTP.'
  return `The connection failed (${code || error.message}).`
}
