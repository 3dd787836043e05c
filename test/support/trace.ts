/** Keystroke records of real documents: `{ startContent, endContent, txns: [{ patches: [[position, deleteCount, insert]] }] }`. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

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
export function replayed(start: string, patches: Patch[]): string {
  let text = start
  for (const [position, deleted, inserted] of patches) text = text.slice(0, position) + inserted + text.slice(position + deleted)
  return text
}

/** A text that takes keystrokes, as `Y.Text` does. */
export interface Typed {
  insert(position: number, text: string): void
  delete(position: number, length: number): void
}

export function type(text: Typed, [position, deleted, inserted]: Patch): void {
  if (deleted > 0) text.delete(position, deleted)
  if (inserted) text.insert(position, inserted)
}
