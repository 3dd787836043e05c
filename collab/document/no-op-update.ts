/** Detects updates that change nothing. Read-only clients may send what the document already has. */
import * as Y from 'yjs'

/** Items of a document in a range of one client's clocks, as far as it has them. */
function* itemsIn(structs: (Y.Item | Y.GC)[], clock: number, length: number): Generator<Y.Item | Y.GC> {
  const last = structs.at(-1)
  if (!last || clock >= last.id.clock + last.length) return
  for (let index = Y.findIndexSS(structs, clock); index < structs.length; index++) {
    const item = structs[index] as Y.Item | Y.GC
    if (item.id.clock >= clock + length) return
    yield item
  }
}

/**
 * Whether a text has the same formatting without some of its format marks. Each client deletes redundant marks by itself after remote
 * changes (`cleanupYTextAfterTransaction` of Yjs), which this node may not have done yet.
 */
function isFormattingUnchanged(text: Y.AbstractType<unknown>, dropped: ReadonlySet<Y.Item>): boolean {
  const all = new Map<string, unknown>()
  const remaining = new Map<string, unknown>()
  for (let item = text._start; item; item = item.right) {
    if (item.deleted) continue
    if (item.content instanceof Y.ContentFormat) {
      const { key, value } = item.content as { key: string; value: unknown }
      for (const formats of dropped.has(item) ? [all] : [all, remaining]) {
        if (value === null) formats.delete(key)
        else formats.set(key, value)
      }
    } else if (item.countable && !areEqual(all, remaining)) return false
  }
  return true
}

const areEqual = (one: Map<string, unknown>, other: Map<string, unknown>) =>
  one.size === other.size && [...one].every(([key, value]) => JSON.stringify(value) === JSON.stringify(other.get(key)))

/**
 * Whether an update leaves a document as it is: the document has all of its items, and what it deletes is already deleted or is a redundant
 * format mark.
 * @throws when it is not an update
 */
export function isNoOpUpdate(document: Y.Doc, update: Uint8Array): boolean {
  const { structs, ds } = Y.decodeUpdate(update)
  const { store } = document
  if (structs.some((struct) => !(struct instanceof Y.Skip) && Y.getState(store, struct.id.client) < struct.id.clock + struct.length))
    return false
  const dropped = new Map<Y.AbstractType<unknown>, Set<Y.Item>>()
  for (const [client, ranges] of ds.clients) {
    for (const { clock, len } of ranges) {
      if (Y.getState(store, client) < clock + len) return false
      for (const item of itemsIn(store.clients.get(client) ?? [], clock, len)) {
        if (item.deleted) continue
        // formats have length 1; anything else is part of a longer item
        if (!(item instanceof Y.Item) || !(item.content instanceof Y.ContentFormat)) return false
        const text = item.parent as Y.AbstractType<unknown>
        dropped.set(text, (dropped.get(text) ?? new Set()).add(item))
      }
    }
  }
  return [...dropped].every(([text, formats]) => isFormattingUnchanged(text, formats))
}

/** Whether an update has no structs and no deletions. */
export const isEmptyUpdate = (update: Uint8Array) => update.length === 2 && update[0] === 0 && update[1] === 0
