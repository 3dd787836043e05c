/** JSON bodies, within a limit. */
import { bodyParser } from '@koa/bodyparser'
import type { Context } from 'koa'
import { DomainError } from '../domain/kernel/errors.ts'

/** @param limit largest body, bytes */
export function jsonBody(limit: number): (context: Context) => Promise<void> {
  const parse = bodyParser({ enableTypes: ['json'], jsonLimit: limit, jsonStrict: true, encoding: 'utf-8' })
  return async (context) => {
    const length = Number(context.get('Content-Length') || 0)
    const bears = length > 0 || context.get('Transfer-Encoding') !== ''
    if (bears && !['GET', 'HEAD'].includes(context.method) && !context.is('application/json', 'application/*+json')) {
      throw new DomainError('invalid-input', 'The body takes application/json.', {
        fields: [{ path: '', message: `content type ${context.get('Content-Type') || 'missing'}` }],
      })
    }
    await parse(context as never, async () => {})
  }
}

/**
 * A file as body, gathered up to a limit and not a byte further: what is too large is refused by its announced length, or where it passes
 * the limit, and of nobody not even read.
 * @param limit largest file, bytes
 */
export function fileBody(limit: number): (context: Context) => Promise<void> {
  return async (context) => {
    if (context.state.actor?.kind === 'anonymous') throw new DomainError('unauthenticated', 'Sign in first.')
    const tooLarge = () => new DomainError('too-large', `A file takes at most ${limit} bytes.`)
    if (!context.is('application/octet-stream')) {
      const fields = [{ path: '', message: `content type ${context.get('Content-Type') || 'missing'}` }]
      throw new DomainError('invalid-input', 'The body takes application/octet-stream.', { fields })
    }
    if (Number(context.get('Content-Length') || 0) > limit) throw tooLarge()
    const pieces: Buffer[] = []
    let length = 0
    await new Promise<void>((resolve, reject) => {
      context.req.on('data', (piece: Buffer) => {
        length += piece.length
        if (length <= limit) pieces.push(piece)
        else {
          pieces.length = 0
          resolve()
        }
      })
      context.req.once('end', resolve)
      context.req.once('error', reject)
      context.req.once('close', () => reject(new DomainError('invalid-input', 'The file did not come whole.')))
    })
    if (length > limit) throw tooLarge()
    if (length === 0) throw new DomainError('invalid-input', 'The file is empty.', { fields: [{ path: '', message: 'empty' }] })
    context.state.file = Buffer.concat(pieces)
  }
}
