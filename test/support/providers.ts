/** Unmodified Hocuspocus providers, several on one socket, with their recorded events. All are closed when the test ends. */
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

/** Creates a socket that reconnects quickly. */
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

/** A document that is open in a provider on a socket. */
export interface ProviderClient extends OpenDocument {
  socket: HocuspocusProviderWebsocket
  /** The events of the provider, in order: `synced`, `authenticated read-write`, `status connected`, `unsyncedChanges 1`, ... */
  events: string[]
  /** Received sync statuses, in order: 1 for committed, 0 for refused. */
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

/** Connects a provider to a document on a socket. Does not wait until it is synced. */
export function connectProvider(
  socket: HocuspocusProviderWebsocket,
  name: string,
  token: Token,
  more: Partial<HocuspocusProviderConfiguration> = {},
): ProviderClient {
  const document = more.document ?? new Y.Doc()
  const events: string[] = []
  const provider = new HocuspocusProvider({ ...more, websocketProvider: socket, name, token, document } as HocuspocusProviderConfiguration)
  for (const [event, format] of Object.entries(eventFormats)) provider.on(event, (payload: unknown) => events.push(format(payload)))
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
  const refusalReason = () => events.findLast((event) => event.startsWith('authenticationFailed'))?.split(' ')[1]
  return { socket, provider, document, text: document.getText('text'), events, statuses, refusalReason, close }
}

/** Opens a document on a socket and waits until it is synced and saved. */
export async function openProvider(...parameters: Parameters<typeof connectProvider>): Promise<ProviderClient> {
  const client = connectProvider(...parameters)
  await waitUntil(() => isSaved(client), `${parameters[1]} to be synced`)
  return client
}

/** Opens a document on a new socket and waits until it is synced and saved. */
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
