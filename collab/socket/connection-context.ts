/** What is known about the client of a document connection. */
import type { PersonActor } from '../../domain/kernel/actor.ts'
import type { TokenExpiry } from '../../realtime/token-expiry.ts'

/** The context of a Hocuspocus connection. */
export interface ConnectionContext {
  actor: PersonActor
  /** Display name; it is shown at their cursors. */
  name: string
  expiry: TokenExpiry
  /** Whether suggestions are accepted over a read-only connection. */
  canSuggest: boolean
}
