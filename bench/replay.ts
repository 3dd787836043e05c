/**
 * `npm run replay -- <trace> [--edits N]`: replays a keystroke trace through an unmodified provider into a legal draft while a second
 * client reads it, on PostgreSQL if DATABASE_URL is set and on the embedded database otherwise. Prints speed, bytes stored (PostgreSQL
 * only), and whether the text at the end is that of a plain replay.
 */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createDraft, openDocument, registerPerson, isSaved } from '../test/support/client.ts'
import { applyPatch, readTrace, replayPatches } from '../test/support/trace.ts'
import { waitUntil } from '../test/support/wait-until.ts'
import { typeOneByOne } from './load/keystrokes.ts'
import { formatPercentiles } from './measure/rounds.ts'
import { startSmartStart, type System } from './servers/systems.ts'

/** Keystrokes at the end that are typed one by one, to time each. */
const timedKeystrokes = 1000
const maxUnacknowledged = 500

const { values, positionals } = parseArgs({ allowPositionals: true, options: { edits: { type: 'string' } } })
if (!positionals[0]) {
  console.error('Name a trace: npm run replay -- <trace.json[.gz]> [--edits N]')
  process.exit(1)
}
const trace = readTrace(resolve(positionals[0]))
const patches = trace.patches.slice(0, values.edits ? Number(values.edits) : undefined)
const expected = patches.length === trace.patches.length ? trace.end : replayPatches(trace.start, patches)

const system = await startSmartStart({ embedded: !process.env.DATABASE_URL })
let matches = false
try {
  matches = await replay(system)
} finally {
  await system.stop()
}
console.log(`end text matches: ${matches ? 'yes' : 'NO'} (author, reader, and a client that opens it later; ${expected.length} characters)`)
process.exit(matches ? 0 : 1)

async function replay({ url, database }: System): Promise<boolean> {
  const [owner, viewer] = [await registerPerson(url, 'Owner'), await registerPerson(url, 'Viewer')]
  const name = await createDraft(owner, 'Replay')
  await owner.request('PUT', `/api/documents/${name}/members/${viewer.id}`, { role: 'viewer' })
  const author = await openDocument(url, name, owner.token)
  const reader = await openDocument(url, name, viewer.token)
  if (trace.start) author.text.insert(0, trace.start)

  const burst = patches.slice(0, Math.max(0, patches.length - timedKeystrokes))
  const began = performance.now()
  for (const patch of burst) {
    applyPatch(author.text, patch)
    if (author.provider.unsyncedChanges >= maxUnacknowledged)
      await waitUntil(() => author.provider.unsyncedChanges < maxUnacknowledged / 2, 'acknowledgements', 60_000)
  }
  await waitUntil(() => isSaved(author), 'all edits to be saved', 120_000)
  const seconds = (performance.now() - began) / 1000
  console.log(`${burst.length} edits in ${seconds.toFixed(1)} s, each committed: ${Math.round(burst.length / seconds)} edits/s`)

  await waitUntil(() => reader.text.length === author.text.length, 'the reader', 60_000)
  const { seen, acknowledged } = await typeOneByOne(author, reader, patches.slice(burst.length))
  console.log(`keystroke to the other client: ${formatPercentiles(seen)}; to its acknowledgement: ${formatPercentiles(acknowledged)}`)

  const later = await openDocument(url, name, viewer.token)
  const matches = [author, reader, later].every(({ text }) => text.toString() === expected)
  for (const open of [author, reader, later]) open.close()
  const [stored] =
    (await database?.query<{ updates: string; journal: string }>(
      `select avg(length(update))::numeric(9, 1) as updates, (pg_total_relation_size('document_update') / count(*)::numeric)::numeric(9, 1) as journal
    from document_update where document = $1`,
      [name.split(':')[1]],
    )) ?? []
  if (stored) console.log(`bytes an edit in the journal with its index: ${stored.journal}, of which the Yjs update ${stored.updates}`)
  return matches
}
