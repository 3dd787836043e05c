/** Row `history`: what the past of a paper costs, beside loading the paper as it is now; in this process, from the same database. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Y from 'yjs'
import { readConfig } from '../config.ts'
import { stretchesOf } from '../domain/documents/authorship.ts'
import { blocksOf } from '../domain/documents/passage.ts'
import { documentAt } from '../domain/documents/past.ts'
import { redlineOf } from '../domain/documents/redline.ts'
import { documentOf } from '../domain/documents/snapshot.ts'
import { type Node, start } from '../main.ts'
import { draftOf, register } from '../test/support/client.ts'
import { folded, idOf, journalled, look, snapped } from '../test/support/past.ts'
import { readTrace, type } from '../test/support/trace.ts'
import { ownDatabase } from './database.ts'
import { median } from './keystrokes.ts'
import { print, type Row, times } from './row.ts'

const newest = 10_000

export const history: Row = {
  name: 'history',
  title: `a paper of which all but the newest ${newest} edits are folded: its past, authors and redline, in times of loading its newest state`,
  needs: ['postgres', 'trace'],
  async run({ rounds, brief, trace }) {
    const database = await ownDatabase()
    const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-bench-'))
    const secret = 'a secret that is only good for benchmarks, of some length'
    const node = await start(
      readConfig({ DATABASE_URL: database.url, DATA_DIR: dataDir, TOKEN_SECRET: secret, PORT: '0', LOG_LEVEL: 'silent', LIMITS: 'off' }),
    )
    try {
      const { id, edits } = await bringPast(node, trace, brief ? 40_000 : Number.POSITIVE_INFINITY)
      await measure(node, id, edits, rounds * 5)
      const [size] = await database.query<{ rows: string; bytes: string; indexes: string }>(
        `select sum(to_seq - from_seq + 1) as rows, pg_total_relation_size('document_session') as bytes,
          pg_indexes_size('document_session') as indexes from document_session`,
      )
      const { rows, bytes, indexes } = { rows: Number(size?.rows), bytes: Number(size?.bytes), indexes: Number(size?.indexes) }
      print('bytes an edit, folded', (bytes / rows).toFixed(2), `${rows} edits in ${bytes} bytes, ${indexes} of them indexes`)
    } finally {
      await node.stop()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

/** Brings a record into a journal, keystroke by keystroke, and folds it. */
async function bringPast(node: Node, trace: string, most: number): Promise<{ id: string; edits: number }> {
  const author = await register(node.url, 'Author')
  const id = idOf(await draftOf(author, 'Paper'))
  const document = new Y.Doc()
  const edits: { actor: string; update: Uint8Array }[] = []
  document.on('update', (update: Uint8Array) => edits.push({ actor: author.id, update }))
  const paragraph = new Y.XmlElement('paragraph')
  const text = new Y.XmlText()
  paragraph.insert(0, [text])
  document.getXmlFragment('default').insert(0, [paragraph])
  const { start: begun, patches } = readTrace(trace)
  if (begun) text.insert(0, begun)
  for (const patch of patches.slice(0, most)) document.transact(() => type(text, patch))
  await journalled(node, id, edits)
  await snapped(node, id)
  await folded(node, id, newest)
  return { id, edits: edits.length }
}

async function measure(node: Node, id: string, edits: number, turns: number): Promise<void> {
  const textOf = (document: Y.Doc) => document.getXmlFragment('default')
  const at = (row: number) => look(node, (view) => documentAt(view, id, row))
  const loading: number[] = []
  const pasts = new Map([0.25, 0.5, 0.75, (edits - newest / 2) / edits].map((share) => [Math.round(edits * share), [] as number[]]))
  const authors: number[] = []
  const redlines: number[] = []
  const [before, after] = [await at(Math.round(edits / 2)), await at(edits)]
  const earlier = await at(edits - 1000)
  const stretches = await look(node, (view) => stretchesOf(view, id))
  for (let turn = 0; turn < turns; turn++) {
    loading.push(await timed(() => look(node, (view) => documentOf(view, id))))
    for (const [row, times] of pasts) times.push(await timed(() => at(row)))
    authors.push(
      await timed(() =>
        look(node, async (view) => {
          const { document } = await documentOf(view, id)
          return blocksOf(textOf(document), await stretchesOf(view, id))
        }),
      ),
    )
    redlines.push(
      await timed(async () => redlineOf(blocksOf(textOf(earlier.document), stretches), blocksOf(textOf(after.document), stretches))),
    )
  }
  const load = median(loading)
  for (const [row, took] of pasts) tell(`state after edit ${row} of ${edits}`, median(took), load)
  tell('authorship of all words', median(authors), load)
  tell('redline of two states 1,000 edits apart', median(redlines), load)
  if (before.document.store.pendingStructs) throw new Error('the past lacks something')
}

const tell = (whose: string, took: number, load: number) =>
  print(whose, times(took / load), `${took.toFixed(1)} ms; loading ${load.toFixed(1)} ms`)

async function timed(does: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await does()
  return performance.now() - began
}
