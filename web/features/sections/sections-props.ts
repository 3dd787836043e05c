import type { User } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import type { StoredDocument } from '../../lib/collab/offline-store.ts'

/** The props of the board of a space and the plan of a venture. */
export interface SectionsProps {
  liveDocument: LiveDocument
  user: User
  record: StoredDocument | null
  canWrite: boolean
}
