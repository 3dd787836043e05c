/** `GET /api/notifications/stream`: the same events as server-sent events (HTML, 9.2). */
import type { ServerResponse } from 'node:http'
import type { Context } from 'koa'
import { type Beginning, refuseAudiences } from '../domain/access/audience.ts'
import { confirmSession } from '../domain/auth/session.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import type { ProblemCode } from '../domain/kernel/errors.ts'
import { serverSent } from './event-frame.ts'
import { drained, writeAll } from './notifications.ts'
import type { Line, User, Word } from './line.ts'
import type { Subscribers } from './subscribers.ts'

/** Takes over a request whose input was checked, until the client goes or is let go. */
export type Stream = (context: Context, beginning: Beginning) => Promise<void>

/** A browser waits this long before it comes back. Milliseconds. */
const comesBackAfter = 2000

export function createStream(domain: Domain, subscribers: Subscribers): Stream {
  return async (context, { audiences, after }) => {
    const user = context.state.actor as User
    const who = async () => {
      await domain.run(user, confirmSession, {})
      return user
    }
    const subscriber = subscribers.open(new ResponseLine(context.res))
    try {
      // until here it is a request like any other: refused with a problem
      refuseAudiences(await subscriber.begin(who, audiences, after))
    } catch (error) {
      subscriber.left()
      throw error
    }
    context.status = 200
    context.respond = false
    context.res.on('close', () => subscriber.left())
    context.res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    if (context.method === 'HEAD' || context.res.destroyed) return void context.res.end()
    context.res.write(`retry: ${comesBackAfter}\n\n`)
    subscriber.welcome()
    void subscriber.catchUp()
  }
}

class ResponseLine implements Line {
  readonly form = 'serverSent'
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
    // it says so again by its end
    response.on('error', () => {})
  }

  word(word: Word, position: number): Buffer {
    return serverSent(JSON.stringify(word), position, word.type)
  }

  write(parts: Buffer | readonly Buffer[]): void {
    if (!this.#response.destroyed) writeAll(this.#response, parts)
  }

  get unread(): number {
    return this.#response.writableLength
  }

  drained(patience: number): Promise<void> {
    return drained(this.#response, patience)
  }

  /** A comment, which keeps the connection; and an id without data, which moves the client's cursor and is no event to it. */
  beat(position: number): void {
    this.write([Buffer.from(`: here\nid: ${position}\n\n`)])
  }

  end(problem: ProblemCode): void {
    if (problem === 'slow-reader') this.#response.destroy()
    else this.#response.end()
  }
}
