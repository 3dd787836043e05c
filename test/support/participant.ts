/** Somebody who has a document open in a random test, by whatever client. */
import type { HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import type * as Y from 'yjs'
import type { AcknowledgedWork } from './acknowledged.ts'

export interface Participant {
  /** Names the client in messages, and marks its words. */
  readonly label: string
  readonly document: Y.Doc
  readonly acknowledgedWork: AcknowledgedWork
  /** Does one operation, which may be none that changes anything. Answers what it was. */
  act(random: () => number, word: string): string
  /** Whether the client has everything of the server, and the server has acknowledged everything of the client. */
  readonly isSaved: boolean
  /** Loses its connection; `back` returns it. */
  disconnect(): void
  reconnect(): void
  close(): void
}

/** A value of a list, by chance. */
export const pickRandom = <T>(values: readonly T[], random: () => number): T => values[Math.floor(random() * values.length)] as T

/** A value of a list of values with weights, by chance. */
export function pickWeighted<T>(values: readonly (readonly [weight: number, value: T])[], random: () => number): T {
  let left = random() * values.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, value] of values) if ((left -= weight) < 0) return value
  return (values.at(-1) as readonly [number, T])[1]
}

/** Connects a socket again after `disconnect()`, which takes effect when the socket is closed. */
export function reconnectSocket(socket: HocuspocusProviderWebsocket): void {
  if (socket.status === 'disconnected') void socket.connect()
  else setTimeout(() => reconnectSocket(socket), 2)
}
