/** The server's own pen: edits that a request makes in a living document, in the name of who asks. */
import type { Hocuspocus } from '@hocuspocus/server'
import { DomainError } from '../domain/kernel/errors.ts'
import type { Ports } from '../domain/kernel/operation.ts'
import type { LiveDocument } from './live-document.ts'

/** @param get the document in memory, by its name */
export function holdPen(hocuspocus: Hocuspocus, get: (name: string) => LiveDocument | undefined): Ports['write'] {
  return async (documentName, actor, change) => {
    const direct = await hocuspocus.openDirectConnection(documentName, {}).catch((error: unknown) => {
      throw new DomainError('unavailable', 'The document cannot be opened now; try again.', { cause: error })
    })
    try {
      const live = get(documentName)
      if (!live || live.document !== direct.document) throw new DomainError('unavailable', 'The document is being closed; try again.')
      const answer = live.write(actor, change)
      const committed = await new Promise<boolean>((resolve) => live.settled(resolve))
      if (!committed) throw new DomainError('conflict', 'The document is frozen or gone; nothing was written.')
      return { answer, head: live.head }
    } finally {
      // stays in memory for a moment: who writes once often writes again
      await direct.disconnect({ unloadImmediately: false })
    }
  }
}
