/** `/notifications`: the WebSocket of subscribers, with JSON text frames (docs/events.md). */
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { Audience } from '../../domain/access/audience.ts'
import { identify } from '../../domain/auth/session.ts'
import { DomainError, type ProblemCode } from '../../domain/kernel/errors.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import type { Log } from '../../domain/kernel/log.ts'
import { anonymous } from '../../domain/kernel/actor.ts'
import { createThrottledQueue } from '../../domain/kernel/scheduling.ts'
import { assertStorableText } from '../../domain/kernel/text/well-formed.ts'
import { closeWebSocket, encodeTextFrame } from '../../realtime/websocket.ts'
import type { SocketServer } from '../http/server.ts'
import type { SubscriberHub } from './hub.ts'
import type { Presence } from './presence.ts'
import type { Subscriber } from './subscriber.ts'
import type { ServerMessage, Transport } from './transport.ts'

export interface EventSocketServer extends SocketServer {
  stop(): void
}

export interface EventSocketOptions {
  domain: Executor
  hub: SubscriberHub
  presence: Presence
  log: Log
}

const maxFrameBytes = 64 * 1024
/** Frames of one client that wait to be processed. */
const maxWaitingFrames = 100

export function createEventSocketServer({ domain, hub, presence, log }: EventSocketOptions): EventSocketServer {
  const server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false })
  const accept = createThrottledQueue()
  return {
    handleUpgrade(request, stream, head) {
      if ((request.url ?? '').split('?')[0] !== '/notifications') return false
      accept(() =>
        server.handleUpgrade(request, stream, head, (socket) => {
          const subscriber = hub.open(new WebSocketTransport(socket, stream))
          socket.on('error', (error) => log.debug({ error: error.message }, 'subscriber'))
          socket.on('close', () => subscriber.closed())
          receiveFrames({ domain, presence }, socket, subscriber)
        }),
      )
      return true
    },
    stop: () => server.close(),
  }
}

type Answering = Pick<EventSocketOptions, 'domain' | 'presence'>

/** Processes the frames of a client one after the other. */
function receiveFrames(answering: Answering, socket: WebSocket, subscriber: Subscriber): void {
  let last = Promise.resolve()
  let waiting = 0
  socket.on('message', (data, binary) => {
    if (!subscriber.isOpen) return
    if (binary) return subscriber.fail(new DomainError('invalid-input', 'Send text frames containing JSON.'))
    if (++waiting > maxWaitingFrames)
      return subscriber.fail(new DomainError('rate-limited', `Too many frames: at most ${maxWaitingFrames} may wait to be processed.`))
    last = last
      .then(() => (subscriber.isOpen ? answerFrame(answering, subscriber, readFrame((data as Buffer).toString())) : undefined))
      .catch((error: unknown) => subscriber.fail(error))
      .finally(() => waiting--)
  })
}

async function answerFrame({ domain, presence }: Answering, subscriber: Subscriber, frame: ClientFrame): Promise<void> {
  if (frame.type === 'ping') return subscriber.send({ type: 'pong', position: subscriber.cursor })
  if (frame.type === 'hello') return greet(domain, subscriber, frame)
  if (!subscriber.user) throw new DomainError('unauthenticated', 'Send a hello frame with your token first.')
  if (frame.type === 'unsubscribe') return subscriber.unsubscribe(frame.audience)
  try {
    if (frame.type === 'typing') await presence.publishTyping(subscriber, frame.conversation)
    else if (frame.type === 'subscribe') await subscriber.subscribe(frame.audience)
    else if (frame.here) await presence.join(subscriber, frame.audience)
    else presence.leave(subscriber, frame.audience)
  } catch (error) {
    if (!(error instanceof DomainError) || !keepsConnection.includes(error.code)) throw error
    const { type: _type, ...concerned } = frame
    subscriber.send({ type: 'problem', code: error.code, ...concerned })
  }
}

/** Problems that leave the connection open. */
const keepsConnection: ProblemCode[] = ['not-found', 'forbidden', 'too-many-audiences', 'rate-limited']

/** The first hello identifies the subscriber. Later ones, of the same user, renew the token. */
async function greet(
  domain: Executor,
  subscriber: Subscriber,
  { token, after, audiences }: ClientFrame & { type: 'hello' },
): Promise<void> {
  const identifyToken = () => domain.run(anonymous, identify, { token })
  if (subscriber.user) return subscriber.renewToken(identifyToken)
  const refused = await subscriber.begin(identifyToken, audiences, after)
  subscriber.sendWelcome()
  for (const audience of refused) subscriber.send({ type: 'problem', code: 'not-found', audience })
  await subscriber.catchUp()
}

const ClientFrame = z.discriminatedUnion('type', [
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
type ClientFrame = z.output<typeof ClientFrame>

/** @throws DomainError invalid-input with the invalid fields */
function readFrame(text: string): ClientFrame {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new DomainError('invalid-input', 'The frame is not valid JSON.')
  }
  assertStorableText(json)
  const parsed = ClientFrame.safeParse(json)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.flatMap(({ path, message, ...issue }) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: key, message: 'unknown field' }))
      : [{ path: path.join('.'), message }],
  )
  throw new DomainError('invalid-input', fields.map(({ path, message }) => `${path || 'frame'}: ${message}`).join('; '), { fields })
}

class WebSocketTransport implements Transport {
  readonly encoding = 'webSocket'
  readonly stream: Duplex
  readonly #socket: WebSocket
  #hasAnswered = true

  /** @param stream what the WebSocket was upgraded on */
  constructor(socket: WebSocket, stream: Duplex) {
    this.#socket = socket
    this.stream = stream
    socket.on('pong', () => {
      this.#hasAnswered = true
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  encode(message: ServerMessage): Buffer {
    return encodeTextFrame(JSON.stringify(message))
  }

  /** Terminates a connection that did not answer the last ping. */
  keepAlive(): void {
    if (!this.#hasAnswered) return this.#socket.terminate()
    this.#hasAnswered = false
    this.#socket.ping()
  }

  close(problem: ProblemCode): void {
    closeWebSocket(this.#socket, problem)
  }
}
