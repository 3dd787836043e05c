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
  let directClient: pg.Client
  let remove: () => Promise<void>
  let ann: Person
  beforeAll(async () => {
    const database = await createEmptyDatabase()
    remove = database.remove
    url = database.env.DATABASE_URL as string
    const proxiedUrl = new URL(url)
    proxy = await startFaultProxy(Number(proxiedUrl.port || 5432))
    proxiedUrl.port = String(proxy.port)
    node = await startNode(database.env, { DATABASE_URL: proxiedUrl.href })
    directClient = new pg.Client({ connectionString: url })
    await directClient.connect()
    ann = await registerPerson(node.url, 'Ann')
  })
  afterAll(async () => {
    await node?.stop()
    await directClient?.end()
    await proxy?.stop()
    await remove?.()
  })

  const createDraftId = async () => (await createDraft(ann)).split(':')[1] as string
  const readTexts = async (id: string) =>
    (await node.journal.rowsAfter(id, 0)).map(({ seq, update }) => `${seq} ${Buffer.from(update).toString()}`)
  const appendText = (id: string, text: string) => node.journal.append(id, ann.id, Buffer.from(text))

  test('after the commit: the journal finds the committed rows, and a frozen document stays closed', async () => {
    const [firstId, secondId, frozenId] = [await createDraftId(), await createDraftId(), await createDraftId()]
    await appendText(firstId, 'before')
    await directClient.query('update document set frozen_at = now() where id = $1', [frozenId])
    const lostResponse = proxy.loseResponse('journal write', isReadyForQuery)
    const commits = Promise.all([appendText(firstId, 'one'), appendText(secondId, 'two'), appendText(firstId, 'three')])
    await expect(appendText(frozenId, 'four')).rejects.toThrow(JournalClosedError)
    await lostResponse
    expect(await commits).toEqual([
      { from: 1, to: 3 },
      { from: 0, to: 1 },
      { from: 1, to: 3 },
    ])
    expect(await readTexts(firstId)).toEqual(['1 before', '2 one', '3 three'])
    expect(await readTexts(secondId)).toEqual(['1 two'])
    expect(await readTexts(frozenId)).toEqual([])
    expect(await appendText(firstId, 'after')).toEqual({ from: 3, to: 4 })
  })

  test('an earlier row with the same bytes is not mistaken for the lost write', async () => {
    const id = await createDraftId()
    await appendText(id, 'same')
    // the name of the prepared statement for a single edit in the Bind message
    const lostResponse = proxy.loseResponse('\0w\0', isReadyForQuery)
    const commit = appendText(id, 'same')
    await lostResponse
    expect(await commit).toEqual({ from: 1, to: 2 })
    expect(await readTexts(id)).toEqual(['1 same', '2 same'])
  })

  /** Backends whose journal statement waits for a row. */
  const listWaitingBackends = async (): Promise<number[]> => {
    const { rows } = await directClient.query(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%document_update%'`,
    )
    return rows.map(({ pid }) => pid as number)
  }

  test('before the commit: the statement still running on the server is terminated before the retry', async () => {
    const id = await createDraftId()
    await appendText(id, 'before')
    const lockingClient = new pg.Client({ connectionString: url })
    await lockingClient.connect()
    await lockingClient.query('begin')
    await lockingClient.query('select 1 from document where id = $1 for update', [id])
    const commit = appendText(id, 'once')
    const firstPid = await waitUntil(async () => (await listWaitingBackends())[0], 'the first attempt to wait')
    // a backend that waits for a row lock does not notice that its client has disconnected
    proxy.disconnect()
    proxy.resume()
    await waitUntil(async () => {
      const waitingPids = await listWaitingBackends()
      return waitingPids.length > 0 && !waitingPids.includes(firstPid)
    }, 'the first attempt to end and the second to wait')
    await lockingClient.query('rollback')
    await lockingClient.end()
    expect(await commit).toEqual({ from: 1, to: 2 })
    expect(await readTexts(id)).toEqual(['1 before', '2 once'])
  })
})
