import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { type Commit, JournalClosedError, openJournal } from '../../domain/documents/journal/journal.ts'
import { createLog, type Log } from '../../domain/kernel/log.ts'
import type { Node } from '../../main.ts'
import { getEmptyNode } from '../support/node.ts'
import { createRandom, readSeed } from '../support/random.ts'

let node: Node
beforeAll(async () => {
  node = await getEmptyNode()
})

async function createDocument(): Promise<string> {
  const id = randomUUID()
  await sql`insert into document (id, kind, title, head, created_at, updated_at)
    values (${id}, 'legal', 'Agreement', 0, now(), now())`.execute(node.database.sql)
  return id
}

test('concurrent edits of many documents share few statements; each document gets its edits in order and without gaps', async () => {
  const random = createRandom(readSeed('journal'))
  const ids = await Promise.all(Array.from({ length: 20 }, createDocument))
  const actors = [randomUUID(), randomUUID(), null]
  let statements = 0
  const journal = openJournal({ database: node.database, log: createLog('silent'), observe: () => statements++ })
  const written = new Map<string, { actor: string | null; update: string }[]>(ids.map((id) => [id, []]))
  const commits: Promise<Commit>[] = []
  for (let n = 0; n < 1000; n++) {
    const id = ids[Math.floor(random() * ids.length)] as string
    const actor = actors[n % 3] as string | null
    // some are empty, some longer than a database page
    const update = Buffer.alloc(random() < 0.02 ? 20_000 : Math.floor(random() * 40), n)
    written.get(id)?.push({ actor, update: update.toString('hex') })
    commits.push(journal.append(id, actor, update))
    if (n % 100 === 99) await new Promise(setImmediate)
  }
  await journal.drain()
  expect(journal.uncommittedBytes).toBe(0)
  expect(statements).toBeLessThan(20)
  for (const { from, to } of await Promise.all(commits)) expect(to).toBeGreaterThan(from)
  for (const id of ids) {
    const rows = await journal.rowsAfter(id, 0)
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1))
    expect(rows.map(({ actor, update }) => ({ actor, update: Buffer.from(update).toString('hex') }))).toEqual(written.get(id))
  }
})

test('edits of a frozen or absent document are refused, and others of the batch are committed', async () => {
  const [open, frozen] = [await createDocument(), await createDocument()]
  await sql`update document set frozen_at = now() where id = ${frozen}`.execute(node.database.sql)
  const edit = Buffer.from('edit')
  const results = await Promise.allSettled([open, frozen, randomUUID(), open].map((id) => node.journal.append(id, null, edit)))
  expect(results.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason))).toEqual([
    { from: 0, to: 2 },
    expect.any(JournalClosedError),
    expect.any(JournalClosedError),
    { from: 0, to: 2 },
  ])
})

test('two journals that write the same documents concurrently share the sequence numbers without a deadlock', async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, createDocument))
  // a retry would be logged
  const messages: string[] = []
  const record = (_: unknown, message: string) => void messages.push(message)
  const log = { debug: record, info: record, warn: record, error: record } as unknown as Log
  const journals = [1, 2].map(() => openJournal({ database: node.database, log }))
  for (let round = 0; round < 30; round++) {
    const order = round % 2 ? ids : ids.toReversed()
    await Promise.all(
      journals.flatMap((journal, n) => (n ? order : order.toReversed()).map((id) => journal.append(id, null, Buffer.from([n])))),
    )
  }
  expect(messages).toEqual([])
  for (const id of ids)
    expect((await node.journal.rowsAfter(id, 0)).map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1))
})
