/** Keystrokes typed one by one through unmodified providers. */
import type { OpenDocument } from '../../test/support/client.ts'
import { type Patch, applyPatch } from '../../test/support/trace.ts'
import type { Timings } from '../measure/rounds.ts'

/** Types each keystroke when the one before was received by the other client and acknowledged. */
export async function typeOneByOne(author: OpenDocument, reader: OpenDocument, keystrokes: Patch[]): Promise<Timings> {
  const timings: Timings = { seen: [], acknowledged: [] }
  for (const keystroke of keystrokes) {
    const began = performance.now()
    const seen = new Promise<void>((resolve) => reader.document.once('update', () => resolve())).then(() =>
      timings.seen.push(performance.now() - began),
    )
    const acknowledged = new Promise<void>((resolve) => {
      const onChange = () => {
        if (author.provider.hasUnsyncedChanges) return
        author.provider.off('unsyncedChanges', onChange)
        timings.acknowledged.push(performance.now() - began)
        resolve()
      }
      author.provider.on('unsyncedChanges', onChange)
    })
    author.document.transact(() => applyPatch(author.text, keystroke))
    await Promise.all([seen, acknowledged])
  }
  return timings
}
