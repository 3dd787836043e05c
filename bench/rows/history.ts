/** Row `history`: past states, authorship and a redline of a long document, beside loading its newest state; in this process. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Y from 'yjs'
import { readConfig } from '../../config.ts'
import { readAttribution } from '../../domain/documents/journal/attribution.ts'
import { redlineBetween } from '../../domain/history/timeline.ts'
import { readBlocks } from '../../domain/history/text-blocks.ts'
import { buildDocumentAt } from '../../domain/history/state-at.ts'
import { createRedline } from '../../domain/history/redline.ts'
import { readCommittedDocument } from '../../domain/documents/journal/snapshot.ts'
import { type Node, start } from '../../main.ts'
import { createDraft, registerPerson } from '../../test/support/client.ts'
import { compactHistory, toDocumentId, appendUpdates, runQuery, takeSnapshot } from '../../test/support/journal-history.ts'
import { readTrace, applyPatch } from '../../test/support/trace.ts'
import { median } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { createDatabase } from '../servers/database.ts'
import { createBenchmarkKey } from '../servers/systems.ts'

/** Edits that are not compacted into edit sessions. */
const recentEdits = 10_000
/** Edits after the snapshot: about as many as accumulate before the next one. */
const editsAfterSnapshot = 4000

export const history: Row = {
  name: 'history',
  title: `a long document of which all but the newest ${recentEdits} edits are compacted, as a multiple of loading its newest state`,
  needs: ['postgres', 'trace'],
  async run({ rounds, short, trace }) {
    const database = await createDatabase()
    const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-bench-'))
    const secret = 'only for a benchmark on this machine, of some length'
    const secrets = { TOKEN_SECRET: secret, SIGNING_CA_KEY: createBenchmarkKey() }
    const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, ...secrets, PORT: '0', LOG_LEVEL: 'silent', LIMITS: 'off' }
    const node = await start(readConfig(env))
    try {
      const { id, edits } = await writeHistory(node, trace, short ? 40_000 : Number.POSITIVE_INFINITY)
      await measure(node, id, edits, rounds * 5)
      const [size] = await database.query<{ edits: string; bytes: string }>(
        `select sum(to_seq - from_seq + 1) as edits, pg_total_relation_size('document_session') as bytes from document_session`,
      )
      const perEdit = (Number(size?.bytes) / Number(size?.edits)).toFixed(2)
      printResult('bytes a compacted edit, with indexes', perEdit, `${size?.edits} edits in ${size?.bytes} bytes`)
    } finally {
      await node.stop()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
}

/** Writes a trace into a journal keystroke by keystroke, with a snapshot below the newest state, and compacts it. */
async function writeHistory(node: Node, trace: string, maxEdits: number): Promise<{ id: string; edits: number }> {
  const author = await registerPerson(node.url, 'Author')
  const id = toDocumentId(await createDraft(author, 'History'))
  const document = new Y.Doc()
  const edits: { actor: string; update: Uint8Array }[] = []
  document.on('update', (update: Uint8Array) => edits.push({ actor: author.id, update }))
  const [paragraph, text] = [new Y.XmlElement('paragraph'), new Y.XmlText()]
  paragraph.insert(0, [text])
  document.getXmlFragment('default').insert(0, [paragraph])
  const { start: initialText, patches } = readTrace(trace)
  if (initialText) text.insert(0, initialText)
  for (const patch of patches.slice(0, maxEdits)) document.transact(() => applyPatch(text, patch))
  await appendUpdates(node, id, edits.slice(0, -editsAfterSnapshot))
  await takeSnapshot(node, id)
  await appendUpdates(node, id, edits.slice(-editsAfterSnapshot))
  await compactHistory(node, id, recentEdits)
  return { id, edits: edits.length }
}

/** Median time of each operation; they take turns, and the first turn is warm-up. */
async function timeInTurns(operations: Record<string, () => Promise<unknown>>, turns: number): Promise<Map<string, number>> {
  const timesMs = new Map(Object.keys(operations).map((name): [string, number[]] => [name, []]))
  for (let turn = 0; turn <= turns; turn++) {
    for (const [name, operation] of Object.entries(operations)) {
      const began = performance.now()
      await operation()
      if (turn > 0) timesMs.get(name)?.push(performance.now() - began)
    }
  }
  return new Map([...timesMs].map(([name, times]) => [name, median(times)]))
}

async function measure(node: Node, id: string, edits: number, turns: number): Promise<void> {
  const stateAt = (seq: number) => runQuery(node, (view) => buildDocumentAt(view, id, seq))
  const fragmentOf = (document: Y.Doc) => document.getXmlFragment('default')
  const load = () => runQuery(node, (view) => readCommittedDocument(view, id))
  const authorship = () =>
    runQuery(node, async (view) =>
      readBlocks(fragmentOf((await readCommittedDocument(view, id)).document), await readAttribution(view, id)),
    )
  print(await timeInTurns({ load, [`authorship of all words, ${editsAfterSnapshot} edits after the snapshot`]: authorship }, turns))
  await takeSnapshot(node, id)

  const [earlier, newest] = [await stateAt(edits - 1000), await stateAt(edits)]
  if (earlier.document.store.pendingStructs) throw new Error('the past state is incomplete')
  const authors = await runQuery(node, (view) => readAttribution(view, id))
  const blocksAt = ({ document }: { document: Y.Doc }) => readBlocks(fragmentOf(document), authors)
  const seqs = [0.25, 0.5, 0.75, (edits - recentEdits / 2) / edits].map((share) => Math.round(edits * share))
  print(
    await timeInTurns(
      {
        load,
        ...Object.fromEntries(seqs.map((seq) => [`state at edit ${seq} of ${edits}`, () => stateAt(seq)])),
        'authorship of all words, at the snapshot': authorship,
        'redline of two loaded states, 1,000 edits apart': async () => createRedline(blocksAt(earlier), blocksAt(newest)),
        'the same, with loading both states and their authors': () =>
          runQuery(node, (view) => redlineBetween(view, id, edits - 1000, edits)),
      },
      turns,
    ),
  )
}

function print(timesMs: Map<string, number>): void {
  const loadMs = timesMs.get('load') ?? Number.NaN
  timesMs.delete('load')
  for (const [name, ms] of timesMs) printResult(name, formatRatio(ms / loadMs), `${ms.toFixed(1)} ms; loading ${loadMs.toFixed(1)} ms`)
}
