/** `/notifications`: the WebSocket of those who want to hear what happens. JSON text frames both ways (design 4). */
import type { IncomingMessage } from 'node:http'
import type { Duplex, Writable } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { Audience } from '../domain/access/audience.ts'
import { identify } from '../domain/auth/session.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import { DomainError, type ProblemCode, problems } from '../domain/kernel/errors.ts'
import type { Log } from '../domain/kernel/log.ts'
import { anonymous } from '../domain/kernel/operation.ts'
import { unhurried } from '../domain/kernel/turn.ts'
import type { Attendance } from './attendance.ts'
import { webSocketText } from './event-frame.ts'
import type { Line, Word } from './line.ts'
import type { Subscriber } from './subscriber.ts'
import type { Subscribers } from './subscribers.ts'

export interface Notifications {
  /** Takes over a request to `/notifications`. Answers false when it is to something else. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  stop(): void
}

const Frame = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    token: z.string().max(4096),
    after: z.number().int().min(0).optional(),
    audiences: z.array(Audience).max(1000).default([]),
  }),
  z.strictObject({ type: z.literal('subscribe'), audience: Audience }),
  z.strictObject({ type: z.literal('unsubscribe'), audience: Audience }),
  z.strictObject({ type: z.literal('typing'), conversation: z.uuid() }),
  z.strictObject({ type: z.literal('presence'), audience: Audience, here: z.boolean().default(true) }),
  z.strictObject({ type: z.literal('ping') }),
])
type Frame = z.output<typeof Frame>

const largestFrame = 64 * 1024
/** Frames that may wait for their turn. */
const mostWaiting = 100
/** A reader who was let go does not read the farewell either. Milliseconds. */
const farewell = 1000

export interface NotificationsOptions {
  domain: Domain
  subscribers: Subscribers
  attendance: Attendance
  log: Log
}

export function createNotifications({ domain, subscribers, attendance, log }: NotificationsOptions): Notifications {
  const server = new WebSocketServer({ noServer: true, maxPayload: largestFrame, perMessageDeflate: false })
  const arriving = unhurried()
  return {
    handleUpgrade(request, stream, head) {
      if ((request.url ?? '').split('?')[0] !== '/notifications') return false
      arriving(() =>
        server.handleUpgrade(request, stream, head, (ws) => {
          const subscriber = subscribers.open(new SocketLine(ws, stream))
          ws.on('error', (error) => log.debug({ error: error.message }, 'subscriber'))
          ws.on('close', () => subscriber.left())
          converse({ domain, attendance }, ws, subscriber)
        }),
      )
      return true
    },
    stop: () => server.close(),
  }
}

type House = Pick<NotificationsOptions, 'domain' | 'attendance'>

/** Takes the client's frames, one after the other. */
function converse(house: House, ws: WebSocket, subscriber: Subscriber): void {
  let turns = Promise.resolve()
  let waiting = 0
  ws.on('message', (data, binary) => {
    if (!subscriber.isOpen) return
    if (binary) return subscriber.fail(new DomainError('invalid-input', 'Frames are JSON texts, not bytes.'))
    if (++waiting > mostWaiting)
      return subscriber.fail(new DomainError('rate-limited', `At most ${mostWaiting} frames may wait for an answer.`))
    turns = turns
      .then(() => (subscriber.isOpen ? answer(house, subscriber, read((data as Buffer).toString())) : undefined))
      .catch((error: unknown) => subscriber.fail(error))
      .finally(() => waiting--)
  })
}

async function answer({ domain, attendance }: House, subscriber: Subscriber, frame: Frame): Promise<void> {
  if (frame.type === 'ping') return subscriber.say({ type: 'pong', position: subscriber.cursor })
  if (frame.type === 'hello') return greet(domain, subscriber, frame)
  if (!subscriber.user) throw new DomainError('unauthenticated', 'Say hello first.')
  if (frame.type === 'unsubscribe') return subscriber.unsubscribe(frame.audience)
  try {
    if (frame.type === 'typing') await attendance.type(subscriber, frame.conversation)
    else if (frame.type === 'subscribe') await subscriber.subscribe(frame.audience)
    else if (frame.here) await attendance.attend(subscriber, frame.audience)
    else attendance.withdraw(subscriber, frame.audience)
  } catch (error) {
    if (!(error instanceof DomainError) || !keeps.includes(error.code)) throw error
    const { type: _type, ...what } = frame
    subscriber.say({ type: 'problem', code: error.code, ...what })
  }
}

/** What is wrong with one subscription, or with a word of the moment, ends nothing else. */
const keeps: ProblemCode[] = ['not-found', 'forbidden', 'too-many-audiences', 'rate-limited']

/** The first greeting opens; a later one, of the same user, brings a new token. */
async function greet(domain: Domain, subscriber: Subscriber, { token, after, audiences }: Frame & { type: 'hello' }): Promise<void> {
  const who = () => domain.run(anonymous, identify, { token })
  if (subscriber.user) return subscriber.renew(who)
  const refused = await subscriber.begin(who, audiences, after)
  subscriber.welcome()
  for (const audience of refused) subscriber.say({ type: 'problem', code: 'not-found', audience })
  await subscriber.catchUp()
}

/** @throws DomainError invalid-input naming the fields */
function read(text: string): Frame {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new DomainError('invalid-input', 'The frame is not JSON.')
  }
  const parsed = Frame.safeParse(json)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.flatMap(({ path, message, ...issue }) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: key, message: 'unknown field' }))
      : [{ path: path.join('.'), message }],
  )
  throw new DomainError('invalid-input', fields.map(({ path, message }) => `${path || 'frame'}: ${message}`).join('; '), { fields })
}

/** A WebSocket. Whole frames go past `ws`, which would frame them for each reader anew. */
class SocketLine implements Line {
  readonly form = 'webSocket'
  readonly #ws: WebSocket
  readonly #stream: Duplex
  #answered = true

  constructor(ws: WebSocket, stream: Duplex) {
    this.#ws = ws
    this.#stream = stream
    ws.on('pong', () => {
      this.#answered = true
    })
  }

  word(word: Word): Buffer {
    return webSocketText(JSON.stringify(word))
  }

  write(parts: Buffer | readonly Buffer[]): void {
    if (this.#ws.readyState === this.#ws.OPEN) writeAll(this.#stream, parts)
  }

  get unread(): number {
    return this.#stream.writableLength
  }

  drained(patience: number): Promise<void> {
    return drained(this.#stream, patience)
  }

  beat(): void {
    if (!this.#answered) return this.#ws.terminate()
    this.#answered = false
    this.#ws.ping()
  }

  end(problem: ProblemCode): void {
    this.#ws.close(problems[problem].close, problem)
    if (problem === 'slow-reader') setTimeout(() => this.#ws.terminate(), farewell).unref()
  }
}

/** Writes one, or several one behind the other, as one write to the socket. */
export function writeAll(stream: Writable, parts: Buffer | readonly Buffer[]): void {
  if (parts instanceof Buffer) return void stream.write(parts)
  stream.cork()
  for (const part of parts) stream.write(part)
  stream.uncork()
}

/** Resolves when a stream was drained or has closed, or `patience` milliseconds have passed. */
export function drained(stream: NodeJS.EventEmitter, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, patience)
    stream.on('drain', done)
    stream.on('close', done)
  })
}
