/** Keystroke records of real documents: `{ startContent, endContent, txns: [{ patches: [[position, deleteCount, insert]] }] }`. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'

/** One keystroke: where, how many signs go, which come. */
export type Patch = [position: number, deleted: number, inserted: string]

export interface Trace {
  start: string
  end: string
  patches: Patch[]
}

/** @param path a JSON file, gzipped or not */
export function readTrace(path: string): Trace {
  const bytes = readFileSync(path)
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')
  const { startContent, endContent, txns } = JSON.parse(text) as { startContent: string; endContent: string; txns: { patches: Patch[] }[] }
  return { start: startContent ?? '', end: endContent, patches: txns.flatMap(({ patches }) => patches) }
}

/** What the text is after some keystrokes, by plain replay. */
export function replayPatches(start: string, patches: Patch[]): string {
  let text = start
  for (const [position, deleted, inserted] of patches) text = text.slice(0, position) + inserted + text.slice(position + deleted)
  return text
}

/** A text that takes keystrokes, as `Y.Text` does. */
export interface EditableText {
  insert(position: number, text: string): void
  delete(position: number, length: number): void
}

export function applyPatch(text: EditableText, [position, deleted, inserted]: Patch): void {
  if (deleted > 0) text.delete(position, deleted)
  if (inserted) text.insert(position, inserted)
}

/** What two or more type at once: each transaction by its author, upon the state that merges its parents. */
export interface SharedTrace {
  end: string
  authors: number
  transactions: { parents: number[]; author: number; patches: Patch[] }[]
}

/** @param path a JSON file of the kind `concurrent`, gzipped or not */
export function readSharedTrace(path: string): SharedTrace {
  const bytes = readFileSync(path)
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')
  const { endContent, numAgents, txns } = JSON.parse(text) as {
    endContent: string
    numAgents: number
    txns: { parents: number[]; agent: number; patches: Patch[] }[]
  }
  return {
    end: endContent,
    authors: numAgents,
    transactions: txns.map(({ parents, agent, patches }) => ({ parents, author: agent, patches })),
  }
}

/**
 * Replays what several typed at once, each in a replica of their own that has what they had seen.
 * @param onUpdate each keystroke as an update (Yjs V1), in the order of the record
 * @returns a replica that has all
 */
export function replayShared(
  trace: SharedTrace,
  textOf: (document: Y.Doc) => EditableText,
  onUpdate: (author: number, update: Uint8Array) => void,
): Y.Doc {
  const replicas = Array.from({ length: trace.authors }, (_, author) => {
    const document = new Y.Doc()
    // of what two insert at one place, Yjs puts that of the lower number first
    document.clientID = 10 + author
    textOf(document)
    return { document, seen: new Set<number>() }
  })
  const updates: Uint8Array[][] = []
  const all = new Y.Doc()
  textOf(all)
  for (const [place, { parents, author, patches }] of trace.transactions.entries()) {
    const { document, seen } = replicas[author] as (typeof replicas)[number]
    const missing: number[] = []
    for (const open = [...parents]; open.length > 0; ) {
      const one = open.pop() as number
      if (seen.has(one)) continue
      seen.add(one)
      missing.push(one)
      open.push(...(trace.transactions[one]?.parents ?? []))
    }
    for (const one of missing.sort((first, second) => first - second))
      for (const update of updates[one] ?? []) Y.applyUpdate(document, update)
    seen.add(place)
    const own: Uint8Array[] = []
    const hear = (update: Uint8Array) => void own.push(update)
    document.on('update', hear)
    for (const patch of patches) document.transact(() => applyPatch(textOf(document), patch))
    document.off('update', hear)
    updates.push(own)
    for (const update of own) {
      onUpdate(author, update)
      Y.applyUpdate(all, update)
    }
  }
  return all
}
