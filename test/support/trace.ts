/** Editing traces of real documents: `{ startContent, endContent, txns: [{ patches: [[position, deleteCount, insert]] }] }`. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as Y from 'yjs'

/** One edit: position, number of deleted characters, inserted text. */
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

/** Replays patches on a string. */
export function replayPatches(start: string, patches: Patch[]): string {
  let text = start
  for (const [position, deleted, inserted] of patches) text = text.slice(0, position) + inserted + text.slice(position + deleted)
  return text
}

/** A text that can be edited, as `Y.Text`. */
export interface EditableText {
  insert(position: number, text: string): void
  delete(position: number, length: number): void
}

export function applyPatch(text: EditableText, [position, deleted, inserted]: Patch): void {
  if (deleted > 0) text.delete(position, deleted)
  if (inserted) text.insert(position, inserted)
}

/** A trace of concurrent authors. Each transaction is based on the merge of its parents. */
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
 * Replays a concurrent trace. Each author has a replica, which contains what they had seen.
 * @param onUpdate called with each edit as an update (Yjs V1), in the order of the trace
 * @returns a replica with all edits
 */
export function replayShared(
  trace: SharedTrace,
  textOf: (document: Y.Doc) => EditableText,
  onUpdate: (author: number, update: Uint8Array) => void,
): Y.Doc {
  const replicas = Array.from({ length: trace.authors }, (_, author) => {
    const document = new Y.Doc()
    // of concurrent insertions at one position, Yjs puts the lower client id first
    document.clientID = 10 + author
    textOf(document)
    return { document, seen: new Set<number>() }
  })
  const updates: Uint8Array[][] = []
  const all = new Y.Doc()
  textOf(all)
  for (const [index, { parents, author, patches }] of trace.transactions.entries()) {
    const { document, seen } = replicas[author] as (typeof replicas)[number]
    const missing: number[] = []
    for (const open = [...parents]; open.length > 0; ) {
      const parent = open.pop() as number
      if (seen.has(parent)) continue
      seen.add(parent)
      missing.push(parent)
      open.push(...(trace.transactions[parent]?.parents ?? []))
    }
    for (const index of missing.sort((first, second) => first - second))
      for (const update of updates[index] ?? []) Y.applyUpdate(document, update)
    seen.add(index)
    const own: Uint8Array[] = []
    const record = (update: Uint8Array) => void own.push(update)
    document.on('update', record)
    for (const patch of patches) document.transact(() => applyPatch(textOf(document), patch))
    document.off('update', record)
    updates.push(own)
    for (const update of own) {
      onUpdate(author, update)
      Y.applyUpdate(all, update)
    }
  }
  return all
}
