/** A client that has a document open in a random test. */
import type { HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type * as Y from 'yjs'
import type { AcknowledgedWork } from './acknowledged.ts'

export interface Participant {
  /** Names the client in messages and in the words that it types. */
  readonly label: string
  readonly document: Y.Doc
  readonly acknowledgedWork: AcknowledgedWork
  /** Performs a random operation, which may change nothing. @returns its name */
  act(random: () => number, word: string): string
  /** Whether the client is synced and the server has acknowledged all its edits. */
  readonly isSaved: boolean
  /** Closes its connection until `reconnect`. */
  disconnect(): void
  reconnect(): void
  close(): void
}

/** Picks a random value. */
export const pickRandom = <T>(values: readonly T[], random: () => number): T => values[Math.floor(random() * values.length)] as T

/** Picks a random value by weight. */
export function pickWeighted<T>(values: readonly (readonly [weight: number, value: T])[], random: () => number): T {
  let remaining = random() * values.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, value] of values) if ((remaining -= weight) < 0) return value
  return (values.at(-1) as readonly [number, T])[1]
}

/** Reconnects a socket after `disconnect()`, which takes effect when the socket is closed. */
export function reconnectSocket(socket: HocuspocusProviderWebsocket): void {
  if (socket.status === 'disconnected') void socket.connect()
  else setTimeout(() => reconnectSocket(socket), 2)
}
