/** Keystrokes, timed. */
import type * as Y from 'yjs'
import type { Open } from '../test/support/client.ts'
import { type Patch, type } from '../test/support/trace.ts'

/** Types keystrokes one by one: milliseconds until each is on the other screen, and until it is acknowledged. */
export async function typeOneByOne(author: Open, watcher: Open, keystrokes: Patch[]) {
  const seen: number[] = []
  const acknowledged: number[] = []
  for (const keystroke of keystrokes) {
    const began = performance.now()
    const arrives = updated(watcher.document).then(() => seen.push(performance.now() - began))
    const saves = new Promise<void>((done) => {
      const look = () => {
        if (author.provider.hasUnsyncedChanges) return
        author.provider.off('unsyncedChanges', look)
        acknowledged.push(performance.now() - began)
        done()
      }
      author.provider.on('unsyncedChanges', look)
    })
    author.document.transact(() => type(author.text, keystroke))
    await Promise.all([arrives, saves])
  }
  return { seen, acknowledged }
}

function updated(document: Y.Doc): Promise<void> {
  return new Promise((done) => document.once('update', () => done()))
}

/** The value below which a share of the values lies. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const median = (values: number[]) => percentile(values, 0.5)
