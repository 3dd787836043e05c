/** Row `history`: what the past of a paper costs, beside loading the paper as it is now; in this process, from the same database. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Y from 'yjs'
import { readConfig } from '../config.ts'
import { stretchesOf } from '../domain/documents/authorship.ts'
import { redlineBetween } from '../domain/documents/history.ts'
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
/** Edits after a snapshot: as many as there are before the next is taken, or nearly. */
const tail = 4000

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

/** Brings a record into a journal, keystroke by keystroke, and folds it; its snapshot lies some edits below its newest state. */
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
  await journalled(node, id, edits.slice(0, -tail))
  await snapped(node, id)
  await journalled(node, id, edits.slice(-tail))
  await folded(node, id, newest)
  return { id, edits: edits.length }
}

const textOf = (document: Y.Doc) => document.getXmlFragment('default')

/** Times each of some works in turn, so that what else the machine does meets all alike; the first turn, of code not yet compiled, is not counted. */
async function compared<Name extends string>(works: Record<Name, () => Promise<unknown>>, turns: number): Promise<Record<Name, number>> {
  const took = new Map<string, number[]>()
  for (let turn = 0; turn <= turns; turn++) {
    for (const [name, does] of Object.entries<() => Promise<unknown>>(works)) {
      const began = performance.now()
      await does()
      if (turn > 0) took.set(name, [...(took.get(name) ?? []), performance.now() - began])
    }
  }
  return Object.fromEntries([...took].map(([name, times]) => [name, median(times)])) as Record<Name, number>
}

async function measure(node: Node, id: string, edits: number, turns: number): Promise<void> {
  const at = (row: number) => look(node, (view) => documentAt(view, id, row))
  const loading = () => look(node, (view) => documentOf(view, id))
  const authors = () =>
    look(node, async (view) => {
      const { document } = await documentOf(view, id)
      return blocksOf(textOf(document), await stretchesOf(view, id))
    })
  const behind = await compared({ loading, authors }, turns)
  await snapped(node, id)

  const earlier = await at(edits - 1000)
  const { document } = await at(edits)
  if (earlier.document.store.pendingStructs) throw new Error('the past lacks something')
  const stretches = await look(node, (view) => stretchesOf(view, id))
  const rows = [0.25, 0.5, 0.75, (edits - newest / 2) / edits].map((share) => Math.round(edits * share))
  const pasts = Object.fromEntries(rows.map((row) => [`state after edit ${row} of ${edits}`, () => at(row)]))
  const works = {
    loading,
    ...pasts,
    'authorship of all words': authors,
    'redline of two states 1,000 edits apart': async () =>
      redlineOf(blocksOf(textOf(earlier.document), stretches), blocksOf(textOf(document), stretches)),
    'the same, with both states made and their authors read': () => look(node, (view) => redlineBetween(view, id, edits - 1000, edits)),
  }
  const took: Record<string, number> = await compared(works, turns)
  for (const name of Object.keys(works).slice(1)) tell(name, took[name] as number, took.loading as number)
  tell(`authorship of all words, ${tail} edits after the snapshot`, behind.authors, behind.loading)
}

const tell = (whose: string, took: number, load: number) =>
  print(whose, times(took / load), `${took.toFixed(1)} ms; loading ${load.toFixed(1)} ms`)
