/** Unmodified providers, several to a socket, with what they told written down. What a test makes here goes when the test ends. */
import { HocuspocusProvider, type HocuspocusProviderConfiguration, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import { onTestFinished } from 'vitest'
import * as Y from 'yjs'
import { frameType } from '../../collab/socket/protocol-codec.ts'
import { type OpenDocument, isSaved } from './client.ts'
import { waitUntil } from './wait-until.ts'

type SocketOptions = Partial<ConstructorParameters<typeof HocuspocusProviderWebsocket>[0]>
export type Token = HocuspocusProviderConfiguration['token']

/** A socket that returns quickly. */
export function socketTo(url: string, more: SocketOptions = {}): HocuspocusProviderWebsocket {
  const socket = new HocuspocusProviderWebsocket({
    url: `${url.replace('http', 'ws')}/collab`,
    delay: 20,
    minDelay: 20,
    maxDelay: 100,
    ...more,
  })
  onTestFinished(() => socket.destroy())
  return socket
}

/** A document that is open on a socket. */
export interface Provided extends OpenDocument {
  socket: HocuspocusProviderWebsocket
  /** What the provider told, in order: `synced`, `authenticated read-write`, `status connected`, `unsyncedChanges 1`, ... */
  told: string[]
  /** The statuses of its edits that came, 1 for committed and 0 for refused, in order. */
  statuses: number[]
}

const tells: Record<string, (event: any) => string> = {
  open: () => 'open',
  connect: () => 'connect',
  disconnect: () => 'disconnect',
  synced: () => 'synced',
  destroy: () => 'destroy',
  status: ({ status }) => `status ${status}`,
  authenticated: ({ scope }) => `authenticated ${scope}`,
  authenticationFailed: ({ reason }) => `authenticationFailed ${reason}`,
  close: ({ event }) => `close ${event.reason}`,
  unsyncedChanges: ({ number }) => `unsyncedChanges ${number}`,
  stateless: ({ payload }) => `stateless ${payload}`,
}

/** Opens a document on a socket. Waits for nothing. */
export function provide(
  socket: HocuspocusProviderWebsocket,
  name: string,
  token: Token,
  more: Partial<HocuspocusProviderConfiguration> = {},
): Provided {
  const document = more.document ?? new Y.Doc()
  const told: string[] = []
  const provider = new HocuspocusProvider({ ...more, websocketProvider: socket, name, token, document } as HocuspocusProviderConfiguration)
  for (const [event, tell] of Object.entries(tells)) provider.on(event, (payload: unknown) => told.push(tell(payload)))
  const statuses: number[] = []
  provider.on('message', ({ event }: { event: { data: ArrayBuffer } }) => {
    const decoder = createDecoder(new Uint8Array(event.data))
    readVarString(decoder)
    if (readVarUint(decoder) === frameType.syncStatus) statuses.push(readVarUint(decoder))
  })
  provider.attach()
  let closed = false
  const close = () => {
    if (!closed) provider.destroy()
    closed = true
  }
  onTestFinished(close)
  const refusalReason = () => told.findLast((one) => one.startsWith('authenticationFailed'))?.split(' ')[1]
  return { socket, provider, document, text: document.getText('text'), told, statuses, refusalReason, close }
}

/** Opens a document on a socket, and waits until it is synced and saved. */
export async function provided(...given: Parameters<typeof provide>): Promise<Provided> {
  const one = provide(...given)
  await waitUntil(() => isSaved(one), `${given[1]} to be synced`)
  return one
}

/** Opens a document on a socket of its own, and waits until it is synced and saved. */
export const alone = (url: string, name: string, token: Token, more?: Partial<HocuspocusProviderConfiguration>): Promise<Provided> =>
  provided(socketTo(url), name, token, more)

/** The presence of the others, as this client sees it. */
export const othersAt = ({ provider, document }: OpenDocument): Record<string, any>[] =>
  [...(provider.awareness?.getStates() ?? [])].filter(([client]) => client !== document.clientID).map(([, state]) => state)
