/** Who is behind each sign of a text that came or went between two moments: by the rows of the journal in between. */
import * as Y from 'yjs'
import { textName } from '../documents/prose.ts'
import type { By } from './changed-paper.ts'

/** A row of the journal between the two moments. */
export interface ChangeRow {
  /** Null: SmartStart itself. */
  actor: string | null
  /** Milliseconds since 1970. */
  at: number
  update: Uint8Array
}

/** Clocks of a Yjs client that somebody wrote or deleted, in a session whose rows are folded. */
export interface ChangeSpan {
  what: 'written' | 'deleted'
  client: number
  clock: number
  length: number
  actor: string | null
  at: number
}

/** All that is known of what happened between two moments. */
export interface Changes {
  rows: ChangeRow[]
  spans: ChangeSpan[]
}

/** Clocks of a client, and who is behind them. */
export interface Stretch {
  clock: number
  end: number
  by: By
}
/** By Yjs client, in the order of clocks. */
export type Stretches = Map<number, Stretch[]>

/** Who wrote and who deleted what, of each Yjs client. */
export function changesIn({ rows, spans }: Changes): { written: Stretches; deleted: Stretches } {
  const written: Stretches = new Map()
  const deleted: Stretches = new Map()
  const add = (to: Stretches, client: number, clock: number, length: number, by: By) => {
    const known = to.get(client)
    const stretch = { clock, end: clock + length, by }
    if (known) known.push(stretch)
    else to.set(client, [stretch])
  }
  const said = (actor: string | null, at: number) => ({ author: actor ?? 'server', at: new Date(at).toISOString() })
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

/** For each sign of a document's text, in order, the stretch that it lies in. */
export function behind(document: Y.Doc, stretches: Stretches): By[] {
  const found: By[] = []
  const waiting: unknown[] = [document.getXmlFragment(textName)]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (next instanceof Y.XmlText || next instanceof Y.Text) {
      for (let item = next._start; item; item = item.right) {
        if (item.deleted || !(item.content instanceof Y.ContentString)) continue
        const known = stretches.get(item.id.client)
        for (let clock = item.id.clock; clock < item.id.clock + item.length; clock++) found.push(known && byAt(known, clock))
      }
    } else if (next instanceof Y.XmlFragment) waiting.push(...next.toArray().toReversed())
  }
  return found
}

/** Who is behind a clock; where several are (two deleted it at once), one of them. */
export function byAt(known: Stretch[], clock: number): By {
  let [low, high] = [0, known.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((known[middle] as Stretch).clock <= clock) low = middle + 1
    else high = middle
  }
  for (let place = low - 1; place >= 0 && place >= low - 8; place--) {
    const stretch = known[place] as Stretch
    if (clock < stretch.end) return stretch.by
  }
  return undefined
}
