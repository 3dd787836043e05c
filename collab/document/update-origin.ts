/** Origins of Yjs transactions: who made an edit. */
import type { Connection } from '@hocuspocus/server'
import type { ConnectionContext } from '../socket/connection-context.ts'
import type { Recipient } from './broadcaster.ts'

/** Transaction origin of a client's edit. */
export interface ClientOrigin {
  source: 'connection'
  connection: Connection<ConnectionContext>
  recipient: Recipient
}

/** Transaction origin of a server edit. */
export interface ServerOrigin {
  source: 'local'
  actor: string | null
}

/** Transaction origin of journal rows, which must not be journaled again. */
export const journalOrigin = { source: 'local', skipStoreHooks: true } as const

/** Stands for the missing origin of edits that Yjs makes by itself. */
export const yjsOrigin: ServerOrigin = { source: 'local', actor: null }
/** The same after rows of other nodes, which make these edits too (`format-clean-up.ts`). */
export const remoteCleanUpOrigin: ServerOrigin = { source: 'local', actor: null }

/** The origin of any update. */
export type UpdateOrigin = Partial<Omit<ClientOrigin, 'source'> & ServerOrigin>
