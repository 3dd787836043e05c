/** Whether a document contains an update. */
import * as Y from 'yjs'

/** Whether a document contains everything in an update (Yjs V1). @throws when it is not an update */
export function containsUpdate(document: Y.Doc, update: Uint8Array): boolean {
  const { structs, ds } = Y.decodeUpdate(update)
  const known = (client: number) => Y.getState(document.store, client)
  if (structs.some(({ id, length }) => known(id.client) < id.clock + length)) return false
  for (const [client, deletions] of ds.clients) {
    if (deletions.some(({ clock, len }) => known(client) < clock + len)) return false
  }
  return true
}

/** Whether bytes are a valid update (Yjs V1). */
export function isUpdate(bytes: Uint8Array): boolean {
  try {
    Y.decodeUpdate(bytes)
    return true
  } catch {
    return false
  }
}
