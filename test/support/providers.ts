/** Unmodified providers, several to a socket, with what they told written down. What a test makes here goes when the test ends. */
import { HocuspocusProvider, type HocuspocusProviderConfiguration, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import { onTestFinished } from 'vitest'
import type { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { frameType } from '../../collab/socket/protocol-codec.ts'
import { type OpenDocument, isSaved } from './client.ts'
import { waitUntil } from './wait-until.ts'

type SocketOptions = Partial<ConstructorParameters<typeof HocuspocusProviderWebsocket>[0]>
export type Token = HocuspocusProviderConfiguration['token']

/** A socket that returns quickly. */
export function createSocket(url: string, more: SocketOptions = {}): HocuspocusProviderWebsocket {
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
export interface ProviderClient extends OpenDocument {
  socket: HocuspocusProviderWebsocket
  /** What the provider told, in order: `synced`, `authenticated read-write`, `status connected`, `unsyncedChanges 1`, ... */
  events: string[]
  /** The statuses of its edits that came, 1 for committed and 0 for refused, in order. */
  statuses: number[]
}

const eventFormats: Record<string, (event: any) => string> = {
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
export function connectProvider(
  socket: HocuspocusProviderWebsocket,
  name: string,
  token: Token,
  more: Partial<HocuspocusProviderConfiguration> = {},
): ProviderClient {
  const document = more.document ?? new Y.Doc()
  const events: string[] = []
  const provider = new HocuspocusProvider({ ...more, websocketProvider: socket, name, token, document } as HocuspocusProviderConfiguration)
  for (const [event, tell] of Object.entries(eventFormats)) provider.on(event, (payload: unknown) => events.push(tell(payload)))
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
  const refusalReason = () => events.findLast((one) => one.startsWith('authenticationFailed'))?.split(' ')[1]
  return { socket, provider, document, text: document.getText('text'), events, statuses, refusalReason, close }
}

/** Opens a document on a socket, and waits until it is synced and saved. */
export async function openProvider(...given: Parameters<typeof connectProvider>): Promise<ProviderClient> {
  const one = connectProvider(...given)
  await waitUntil(() => isSaved(one), `${given[1]} to be synced`)
  return one
}

/** Opens a document on a socket of its own, and waits until it is synced and saved. */
export const openOnOwnSocket = (
  url: string,
  name: string,
  token: Token,
  more?: Partial<HocuspocusProviderConfiguration>,
): Promise<ProviderClient> => openProvider(createSocket(url), name, token, more)

/** The awareness states of the other clients, as this client knows them. */
export const readOtherStates = ({
  provider,
  document,
}: {
  provider: { awareness: Awareness | null }
  document: Y.Doc
}): Record<string, any>[] =>
  [...(provider.awareness?.getStates() ?? [])].filter(([client]) => client !== document.clientID).map(([, state]) => state)
