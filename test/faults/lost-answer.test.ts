/** When the response to a commit is lost, the journal still writes each edit once. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JournalClosedError } from '../../domain/documents/journal/journal.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { type FaultProxy, startFaultProxy, isReadyForQuery } from '../support/proxy.ts'
import { waitUntil } from '../support/wait-until.ts'

describe.skipIf(!usesPostgres)('a lost response to a journal write', () => {
  let node: Node
  let proxy: FaultProxy
  let url: string
  let direct: pg.Client
  let remove: () => Promise<void>
  let ann: Person
  beforeAll(async () => {
    const empty = await createEmptyDatabase()
    remove = empty.remove
    url = empty.env.DATABASE_URL as string
    const through = new URL(url)
    proxy = await startFaultProxy(Number(through.port || 5432))
    through.port = String(proxy.port)
    node = await startNode(empty.env, { DATABASE_URL: through.href })
    direct = new pg.Client({ connectionString: url })
    await direct.connect()
    ann = await registerPerson(node.url, 'Ann')
  })
  afterAll(async () => {
    await node?.stop()
    await direct?.end()
    await proxy?.stop()
    await remove?.()
  })

  const newId = async () => (await createDraft(ann)).split(':')[1] as string
  const textsOf = async (id: string) =>
    (await node.journal.rowsAfter(id, 0)).map(({ seq, update }) => `${seq} ${Buffer.from(update).toString()}`)
  const append = (id: string, text: string) => node.journal.append(id, ann.id, Buffer.from(text))

  test('after the commit: the journal finds the committed rows, and a frozen document stays closed', async () => {
    const [one, other, frozen] = [await newId(), await newId(), await newId()]
    await append(one, 'before')
    await direct.query('update document set frozen_at = now() where id = $1', [frozen])
    const lost = proxy.loseResponse('journal write', isReadyForQuery)
    const commits = Promise.all([append(one, 'one'), append(other, 'two'), append(one, 'three')])
    await expect(append(frozen, 'four')).rejects.toThrow(JournalClosedError)
    await lost
    expect(await commits).toEqual([
      { from: 1, to: 3 },
      { from: 0, to: 1 },
      { from: 1, to: 3 },
    ])
    expect(await textsOf(one)).toEqual(['1 before', '2 one', '3 three'])
    expect(await textsOf(other)).toEqual(['1 two'])
    expect(await textsOf(frozen)).toEqual([])
    expect(await append(one, 'after')).toEqual({ from: 3, to: 4 })
  })

  test('an earlier row with the same bytes is not mistaken for the lost write', async () => {
    const id = await newId()
    await append(id, 'same')
    // the name of the prepared statement for a single edit in the Bind message
    const lost = proxy.loseResponse('\0w\0', isReadyForQuery)
    const commit = append(id, 'same')
    await lost
    expect(await commit).toEqual({ from: 1, to: 2 })
    expect(await textsOf(id)).toEqual(['1 same', '2 same'])
  })

  /** Backends whose journal statement waits for a row. */
  const backends = async (): Promise<number[]> => {
    const { rows } = await direct.query(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%document_update%'`,
    )
    return rows.map(({ pid }) => pid as number)
  }

  test('before the commit: the statement still running on the server is terminated before the retry', async () => {
    const id = await newId()
    await append(id, 'before')
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('begin')
    await holder.query('select 1 from document where id = $1 for update', [id])
    const commit = append(id, 'once')
    const first = await waitUntil(async () => (await backends())[0], 'the first try to wait')
    // a backend that waits for a row lock does not notice that its client has disconnected
    proxy.disconnect()
    proxy.resume()
    await waitUntil(async () => {
      const waiting = await backends()
      return waiting.length > 0 && !waiting.includes(first)
    }, 'the first try to be gone, and the second to wait')
    await holder.query('rollback')
    await holder.end()
    expect(await commit).toEqual({ from: 1, to: 2 })
    expect(await textsOf(id)).toEqual(['1 before', '2 once'])
  })
})
