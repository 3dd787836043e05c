/** Unmodified y-websocket clients. All are closed when the test ends. */
import { onTestFinished } from 'vitest'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { waitUntil } from './wait-until.ts'

type Options = NonNullable<ConstructorParameters<typeof WebsocketProvider>[3]>

/** A document that is open in a y-websocket provider. */
export interface YWebsocketClient {
  provider: WebsocketProvider
  document: Y.Doc
  text: Y.Text
  /** The events of the provider, in order: `status connected`, `sync`, `closed 4404 not-found`, ... */
  events: string[]
  close(): void
}

/** Connects to a document. Does not wait until it is synced. BroadcastChannel is off, because it would bypass the server. */
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

/** Opens a document with a token in the URL and waits until it is synced. */
export async function openYWebsocket(
  url: string,
  name: string,
  token: string,
  more: Options = {},
  document?: Y.Doc,
): Promise<YWebsocketClient> {
  const client = connectYWebsocket(url, name, { params: { token }, ...more }, document)
  await waitUntil(() => client.provider.synced, `${name} to be synced`)
  return client
}
