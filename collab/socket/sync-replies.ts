/** What a client is sent of a document when it requests it. */
import { encodeStateAsUpdate } from 'yjs'
import type { StoredDocument } from '../../domain/documents/journal/snapshot.ts'
import type { LiveDocument } from '../document/live-document.ts'
import { encodeSyncMessage, encodeSyncStep1, syncKind } from './protocol-codec.ts'

/** With more journal rows after the snapshot, one merged update is cheaper. */
const maxEarlyRows = 200

/**
 * Encodes what is stored of a document, for a client that has nothing yet. Rows after the snapshot come first, because the client counts as
 * synced as soon as it has the snapshot.
 * @returns undefined when the client must wait until the document is loaded
 */
export function encodeStored({ snapshot, tail }: StoredDocument): Uint8Array[] | undefined {
  // parts of an older snapshot may be left out when it is loaded
  if (!snapshot?.bounded || tail.length > maxEarlyRows) return undefined
  const rows = tail.map(({ update }) => encodeSyncMessage(syncKind.update, update))
  return [...rows, encodeSyncMessage(syncKind.step2, snapshot.state)]
}

/**
 * Encodes the reply to a sync request: our own request, then what the client does not have.
 * @param hasStored whether the client was already sent what is stored
 */
export function encodeSyncReply({ document, isUnmodified }: LiveDocument, stateVector: Uint8Array, hasStored: boolean): Uint8Array[] {
  const syncStep1 = encodeSyncStep1(document)
  if (hasStored && isUnmodified) return [syncStep1]
  return [syncStep1, encodeSyncMessage(syncKind.step2, encodeStateAsUpdate(document, stateVector))]
}
