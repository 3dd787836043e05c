/** Unmodified y-websocket clients, which are closed when the test ends. */
import { onTestFinished } from 'vitest'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { waitUntil } from './wait-until.ts'

type Options = NonNullable<ConstructorParameters<typeof WebsocketProvider>[3]>

/** A document that a plain client has open. */
export interface YWebsocketClient {
  provider: WebsocketProvider
  document: Y.Doc
  text: Y.Text
  /** What it told, in order: `status connected`, `sync`, `closed 4404 not-found`, ... */
  events: string[]
  close(): void
}

/** Opens a document. Waits for nothing. Tabs of one process would talk past the server, so that is off unless asked for. */
export function connectYWebsocket(url: string, name: string, options: Options, document = new Y.Doc()): YWebsocketClient {
  const events: string[] = []
  const provider = new WebsocketProvider(`${url.replace('http', 'ws')}/yjs`, name, document, {
    maxBackoffTime: 200,
    disableBc: true,
    ...options,
  })
  provider.on('status', ({ status }) => events.push(`status ${status}`))
  provider.on('sync', (state) => events.push(state ? 'sync' : 'unsync'))
  provider.on('closed', ({ code, reason }) => events.push(`closed ${code} ${reason}`))
  provider.on('connection-close', (event) => events.push(`close ${event?.code}`))
  let closed = false
  const close = () => {
    if (!closed) provider.destroy()
    closed = true
  }
  onTestFinished(close)
  return { provider, document, text: document.getText('text'), events, close }
}

/** Opens a document with a token in the address, and waits until it is synced. */
export async function openYWebsocket(
  url: string,
  name: string,
  token: string,
  more: Options = {},
  document?: Y.Doc,
): Promise<YWebsocketClient> {
  const one = connectYWebsocket(url, name, { params: { token }, ...more }, document)
  await waitUntil(() => one.provider.synced, `${name} to be synced`)
  return one
}
