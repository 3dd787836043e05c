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
