/** `GET /api/notifications/stream`: the events of a subscriber as server-sent events (HTML, 9.2). */
import type { ServerResponse } from 'node:http'
import type { Context } from 'koa'
import { type StreamStart, rejectAudiences } from '../../domain/access/audience.ts'
import { assertSessionActive } from '../../domain/auth/session.ts'
import type { ProblemCode } from '../../domain/kernel/errors.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import type { SubscriberHub } from './hub.ts'
import { encodeServerSent, type ServerMessage, type Transport, type User } from './transport.ts'

/** Takes over a request with valid input until the client leaves or is disconnected. */
export type EventStream = (context: Context, beginning: StreamStart) => Promise<void>

/** A browser reconnects after this time. */
const reconnectAfterMs = 2000

export function createEventStream(domain: Executor, hub: SubscriberHub): EventStream {
  return async (context, { audiences, after }) => {
    const user = context.state.actor as User
    const identify = async () => {
      await domain.run(user, assertSessionActive, {})
      return user
    }
    const subscriber = hub.open(new ResponseTransport(context.res))
    try {
      // until here errors are sent as problem documents
      rejectAudiences(await subscriber.begin(identify, audiences, after))
    } catch (error) {
      subscriber.closed()
      throw error
    }
    context.status = 200
    context.respond = false
    context.res.on('close', () => subscriber.closed())
    context.res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    if (context.method === 'HEAD' || context.res.destroyed) return void context.res.end()
    context.res.write(`retry: ${reconnectAfterMs}\n\n`)
    subscriber.sendWelcome()
    void subscriber.catchUp()
  }
}

class ResponseTransport implements Transport {
  readonly encoding = 'serverSent'
  readonly stream: ServerResponse

  constructor(response: ServerResponse) {
    this.stream = response
    // 'close' follows
    response.on('error', () => {})
  }

  get isOpen(): boolean {
    return !this.stream.destroyed
  }

  encode(message: ServerMessage, position: number): Buffer {
    return encodeServerSent(JSON.stringify(message), position, message.type)
  }

  /** A comment keeps the connection open. An id without data moves the client's cursor without an event. */
  keepAlive(position: number): void {
    if (this.isOpen) this.stream.write(`: here\nid: ${position}\n\n`)
  }

  close(problem: ProblemCode): void {
    if (problem === 'slow-reader') this.stream.destroy()
    else this.stream.end()
  }
}
