/** Texts of several people in one paragraph. */
import { type Doc, XmlElement, XmlText } from 'yjs'

/**
 * Joins two adjacent texts if this editor created the second. When several people start to type in an empty paragraph, each creates a text,
 * and the next edit of each would copy the words of both into the first.
 */
export function joinOwnTexts(doc: Doc, targets: Iterable<unknown>, ownClients: readonly number[]) {
  doc.transact((transaction) => {
    for (const target of targets) {
      if (!(target instanceof XmlElement)) continue
      for (const text of target.toArray()) {
        const next: unknown = text instanceof XmlText ? text.nextSibling : null
        if (!(text instanceof XmlText) || !(next instanceof XmlText) || !next._item || !ownClients.includes(next._item.id.client)) continue
        text.applyDelta([{ retain: text.length }, ...(next.toDelta() as object[])])
        next._item.delete(transaction)
      }
    }
  })
}
