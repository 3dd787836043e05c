/** Edits that the server makes in a live document, in the name of an actor. */
import type { Hocuspocus } from '@hocuspocus/server'
import { editWithinSchema } from '../../domain/documents/richtext/block-repair.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import type { Ports } from '../../domain/kernel/operation.ts'
import type { LiveDocument } from './live-document.ts'

/** @param get returns the live document of a name */
export function createServerEdits(hocuspocus: Hocuspocus, get: (name: string) => LiveDocument | undefined): Ports['editDocument'] {
  return async (documentName, actor, change) => {
    const directConnection = await hocuspocus.openDirectConnection(documentName, {}).catch((error: unknown) => {
      throw new DomainError('unavailable', 'The document cannot be opened at the moment. Try again.', { cause: error })
    })
    try {
      const live = get(documentName)
      if (!live || live.document !== directConnection.document) throw new DomainError('unavailable', 'The document is closing. Try again.')
      const answer = live.edit(actor, (document) => editWithinSchema(document, change))
      const committed = await live.committed()
      if (!committed) throw new DomainError('conflict', 'The document is frozen or deleted. Nothing was changed.')
      return { result: answer, head: live.head }
    } finally {
      // keeps it in memory for a moment: a second edit often follows
      await directConnection.disconnect({ unloadImmediately: false })
    }
  }
}
