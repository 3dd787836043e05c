/** Request bodies: JSON and files, limited in size. */
import { bodyParser } from '@koa/bodyparser'
import type { Context } from 'koa'
import { DomainError } from '../../domain/kernel/errors.ts'

/** @param limit largest body in bytes */
export function jsonBody(limit: number): (context: Context) => Promise<void> {
  const parse = bodyParser({ enableTypes: ['json'], jsonLimit: limit, jsonStrict: true, encoding: 'utf-8' })
  return async (context) => {
    const length = Number(context.get('Content-Length') || 0)
    const hasBody = length > 0 || context.get('Transfer-Encoding') !== ''
    if (hasBody && !['GET', 'HEAD'].includes(context.method) && !context.is('application/json', 'application/*+json')) {
      throw new DomainError('invalid-input', 'The body must be application/json.', {
        fields: [{ path: '', message: `content type ${context.get('Content-Type') || 'missing'}` }],
      })
    }
    await parse(context as Parameters<typeof parse>[0], async () => {}).catch((error: unknown) => throwBodyProblem(context, error))
  }
}

/**
 * Converts what `bodyParser` throws. Errors of zlib (a body that does not match its `Content-Encoding`) have no HTTP status.
 * @throws DomainError invalid-input or too-large; any other error as it is
 */
function throwBodyProblem(context: Context, error: unknown): never {
  const encoding = context.get('Content-Encoding')
  const { status = 415 } = error as { status?: number }
  if (encoding && status === 415)
    throw new DomainError('invalid-input', 'The body does not match its Content-Encoding. Use gzip, deflate or br.', {
      fields: [{ path: '', message: `content encoding ${encoding}` }],
    })
  throw error
}

/**
 * Reads a file from the body. A file that is too large is refused by its `Content-Length`, or as soon as it exceeds the limit. Without a
 * token nothing is read, unless anybody may upload.
 * @param limit largest file in bytes
 */
export function fileBody(limit: number): (context: Context, isOpen?: boolean) => Promise<void> {
  return async (context, isOpen = false) => {
    if (!isOpen && context.state.actor?.kind === 'anonymous') throw new DomainError('unauthenticated', 'Sign in first.')
    const tooLarge = () => new DomainError('too-large', `The file is too large. The limit is ${limit} bytes.`)
    if (!context.is('application/octet-stream')) {
      const fields = [{ path: '', message: `content type ${context.get('Content-Type') || 'missing'}` }]
      throw new DomainError('invalid-input', 'The body must be application/octet-stream.', { fields })
    }
    const encoding = context.get('Content-Encoding')
    if (encoding && encoding !== 'identity') {
      const fields = [{ path: '', message: `content encoding ${encoding}` }]
      throw new DomainError('invalid-input', 'Send the file without Content-Encoding.', { fields })
    }
    if (Number(context.get('Content-Length') || 0) > limit) throw tooLarge()
    const chunks: Buffer[] = []
    let length = 0
    await new Promise<void>((resolve, reject) => {
      context.req.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length <= limit) chunks.push(chunk)
        else {
          chunks.length = 0
          resolve()
        }
      })
      context.req.once('end', resolve)
      context.req.once('error', reject)
      context.req.once('close', () => reject(new DomainError('invalid-input', 'The upload was interrupted. Send the file again.')))
    })
    if (length > limit) throw tooLarge()
    if (length === 0) throw new DomainError('invalid-input', 'The file is empty.', { fields: [{ path: '', message: 'empty' }] })
    context.state.file = Buffer.concat(chunks)
  }
}
