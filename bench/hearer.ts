/** A cheap subscriber for a load: a raw socket that counts text frames and reads no further than needed. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** How a server is spoken to: where, what is said first and to what, and what counts. */
export interface Speech {
  path: string
  /** Answers what is to be said to a message; undefined: nothing. The first message is '' when the socket has opened. */
  answer(message: string): string | undefined
  /** Whether it is ready to hear when it was told this. */
  ready(message: string): boolean
  counts(message: string): boolean
}

/** @param event counts events of this name alone */
export const smartStart = (token: string, more: object = {}, event = ''): Speech => ({
  path: '/notifications',
  answer: (message) => (message === '' ? JSON.stringify({ type: 'hello', token, ...more }) : undefined),
  ready: (message) => message.startsWith('{"type":"welcome"'),
  counts: (message) => message.startsWith('{"type":"event"') && message.includes(`"event":"${event}`),
})

export const plain: Speech = { path: '/', answer: () => undefined, ready: () => true, counts: (message) => message !== '' }

export const socketIo: Speech = {
  path: '/socket.io/?EIO=4&transport=websocket',
  answer: (message) => (message.startsWith('0') ? '40' : message === '2' ? '3' : undefined),
  ready: (message) => message.startsWith('40'),
  counts: (message) => message.startsWith('42'),
}

export class Hearer {
  heard = 0
  /** When it heard last. */
  at = 0
  last = ''
  ended = false
  readonly opened: Promise<void>
  readonly #socket: Socket
  readonly #speech: Speech
  readonly #whenHeard: (() => void) | undefined
  #ready = () => {}
  #left: Buffer = Buffer.alloc(0)
  #upgraded = false

  constructor(url: string, speech: Speech, whenHeard?: () => void) {
    const { hostname, port, host } = new URL(url)
    this.#speech = speech
    this.#whenHeard = whenHeard
    this.#socket = connect(Number(port), hostname).setNoDelay()
    const lines = [`GET ${speech.path} HTTP/1.1`, `host: ${host}`, 'connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13']
    this.#socket.write([...lines, `sec-websocket-key: ${randomBytes(16).toString('base64')}`, '', ''].join('\r\n'))
    this.opened = new Promise((resolve, reject) => {
      this.#ready = resolve
      this.#socket.on('close', () => {
        this.ended = true
        reject(new Error('a subscriber was closed'))
      })
    })
    this.opened.catch(() => {})
    this.#socket.on('error', () => {})
    this.#socket.on('data', (data: Buffer) => this.#take(data))
  }

  end(): void {
    this.#socket.destroy()
  }

  #take(data: Buffer) {
    let bytes = this.#left.length > 0 ? Buffer.concat([this.#left, data]) : data
    if (!this.#upgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return void (this.#left = bytes)
      this.#upgraded = true
      bytes = bytes.subarray(end + 4)
      this.#hear('')
    }
    while (bytes.length >= 2) {
      const short = (bytes[1] as number) & 127
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (bytes.length < head) break
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
      if (bytes.length < head + length) break
      if (((bytes[0] as number) & 15) === 9) this.#write(0x8a, Buffer.from(bytes.subarray(head, head + length)))
      else this.#hear(bytes.toString('latin1', head, head + length))
      bytes = bytes.subarray(head + length)
    }
    this.#left = Buffer.from(bytes)
  }

  #hear(message: string) {
    const said = this.#speech.answer(message)
    if (said !== undefined) this.#write(0x81, Buffer.from(said))
    if (this.#speech.ready(message)) this.#ready()
    if (!this.#speech.counts(message)) return
    this.heard++
    this.last = message
    this.at = performance.now()
    this.#whenHeard?.()
  }

  /** A frame of a client, masked with nothing. */
  #write(kind: number, payload: Buffer) {
    const head =
      payload.length < 126
        ? Buffer.from([kind, 0x80 | payload.length])
        : Buffer.from([kind, 0xfe, payload.length >> 8, payload.length & 255])
    this.#socket.write(Buffer.concat([head, Buffer.alloc(4), payload]))
  }
}

/** Opens many, some at a time. */
export async function openAll(urls: string[], count: number, speechOf: (place: number) => Speech): Promise<Hearer[]> {
  const all: Hearer[] = []
  while (all.length < count) {
    const some = Array.from({ length: Math.min(50, count - all.length) }, (_, n) => {
      const place = all.length + n
      return new Hearer(urls[place % urls.length] as string, speechOf(place))
    })
    await Promise.all(some.map(({ opened }) => opened))
    all.push(...some)
  }
  return all
}
