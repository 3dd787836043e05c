/** The author of each inserted or deleted character between two revisions, by the journal rows in between. */
import * as Y from 'yjs'
import { authorIdOf } from '../../kernel/actor.ts'
import { textName } from '../../documents/richtext/schema.ts'
import type { ChangeAuthor } from './redline-content.ts'
import { serverAuthor } from './server-author.ts'

/** A row of the journal between the two revisions. */
export interface ChangeRow {
  /** Null: SmartStart. */
  actor: string | null
  /** Milliseconds since 1970. */
  at: number
  update: Uint8Array
}

/** Clocks of a Yjs client that someone inserted or deleted in a compacted edit session. */
export interface ChangeSpan {
  what: 'written' | 'deleted'
  client: number
  clock: number
  length: number
  actor: string | null
  at: number
}

/** All changes between two revisions. */
export interface Changes {
  rows: ChangeRow[]
  spans: ChangeSpan[]
}

/** Clocks of a client with their author. */
export interface ChangeRange {
  clock: number
  end: number
  by: ChangeAuthor
}
/** By Yjs client, in the order of clocks. */
export type ChangeRanges = Map<number, ChangeRange[]>

/** Indexes who inserted and who deleted which clocks. */
export function indexChanges({ rows, spans }: Changes): { written: ChangeRanges; deleted: ChangeRanges } {
  const written: ChangeRanges = new Map()
  const deleted: ChangeRanges = new Map()
  const add = (to: ChangeRanges, client: number, clock: number, length: number, by: ChangeAuthor) => {
    const known = to.get(client)
    const stretch = { clock, end: clock + length, by }
    if (known) known.push(stretch)
    else to.set(client, [stretch])
  }
  const said = (actor: string | null, at: number) => ({ author: authorIdOf(actor) ?? serverAuthor, at: new Date(at).toISOString() })
  for (const { what, client, clock, length, actor, at } of spans)
    add(what === 'written' ? written : deleted, client, clock, length, said(actor, at))
  for (const { actor, at, update } of rows) {
    const by = said(actor, at)
    const { structs, ds } = Y.decodeUpdate(update)
    for (const { id, length } of structs) add(written, id.client, id.clock, length, by)
    for (const [client, spans] of ds.clients) for (const { clock, len } of spans) add(deleted, client, clock, len, by)
  }
  for (const stretches of [written, deleted]) for (const known of stretches.values()) known.sort((one, other) => one.clock - other.clock)
  return { written, deleted }
}

/** The author of each character of a document's text, in order. */
export function attributeCharacters(document: Y.Doc, stretches: ChangeRanges): ChangeAuthor[] {
  const found: ChangeAuthor[] = []
  const waiting: unknown[] = [document.getXmlFragment(textName)]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (next instanceof Y.XmlText || next instanceof Y.Text) {
      for (let item = next._start; item; item = item.right) {
        if (item.deleted || !(item.content instanceof Y.ContentString)) continue
        const known = stretches.get(item.id.client)
        for (let clock = item.id.clock; clock < item.id.clock + item.length; clock++) found.push(known && findAuthorAt(known, clock))
      }
    } else if (next instanceof Y.XmlFragment) waiting.push(...next.toArray().toReversed())
  }
  return found
}

/** The author at a clock; one of them where several people deleted it. */
export function findAuthorAt(known: ChangeRange[], clock: number): ChangeAuthor {
  let [low, high] = [0, known.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((known[middle] as ChangeRange).clock <= clock) low = middle + 1
    else high = middle
  }
  for (let place = low - 1; place >= 0 && place >= low - 8; place--) {
    const stretch = known[place] as ChangeRange
    if (clock < stretch.end) return stretch.by
  }
  return undefined
}
