/** A commit whose answer is lost: the journal writes each edit once all the same. Through a proxy that cuts one connection. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { JournalClosed } from '../../domain/documents/journal.ts'
import type { Node } from '../../main.ts'
import { draftOf, opened, type Person, register, saved } from '../support/client.ts'
import { emptyDatabase, onPostgres, ownNode } from '../support/node.ts'
import { until } from '../support/until.ts'

/** The connection that carries the marked statement is cut: with the answer in hand, or when `lose` is called while the server works on it. */
interface Cut {
  marker: string
  when: 'answered' | 'working'
  done: boolean
  lose?: () => void
}

let cut: Cut | undefined
const sockets = new Set<Socket>()

/** Stands between the node and PostgreSQL. */
async function proxyTo(target: URL): Promise<string> {
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    let lost: Cut | undefined
    near.on('data', (data) => {
      far.write(data)
      if (!cut || cut.done || !data.includes(cut.marker)) return
      lost = cut
      lost.done = true
      // what the server does with it, nobody hears; its end of the connection stays
      lost.lose = () => near.destroy()
    })
    far.on('data', (data) => {
      if (lost) near.destroy()
      else near.write(data)
    })
    far.on('close', () => near.destroy())
    near.on('close', () => {
      if (lost?.when !== 'working') far.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  const address = new URL(target)
  address.hostname = '127.0.0.1'
  address.port = String((server.address() as AddressInfo).port)
  return address.href
}

describe.skipIf(!onPostgres)('an answer that is lost', () => {
  let node: Node
  let url: string
  let direct: pg.Client
  let remove: () => Promise<void>
  let ann: Person
  beforeAll(async () => {
    const empty = await emptyDatabase()
    remove = empty.remove
    url = empty.env.DATABASE_URL as string
    node = await ownNode(empty.env, { DATABASE_URL: await proxyTo(new URL(url)) })
    direct = new pg.Client({ connectionString: url })
    await direct.connect()
    ann = await register(node.url, 'Ann')
  })
  afterAll(async () => {
    await node?.stop()
    await direct?.end()
    for (const socket of sockets) socket.destroy()
    await remove?.()
  })

  const newId = async () => (await draftOf(ann)).split(':')[1] as string
  const textsOf = async (id: string) =>
    (await node.journal.rowsAfter(id, 0)).map(({ seq, update }) => `${seq} ${Buffer.from(update).toString()}`)
  const append = (id: string, text: string) => node.journal.append(id, ann.id, Buffer.from(text))

  test('after the commit: what is there is found, what is not is written, a frozen document stays closed', async () => {
    const [one, other, frozen] = [await newId(), await newId(), await newId()]
    await append(one, 'before')
    await direct.query('update document set frozen_at = now() where id = $1', [frozen])
    cut = { marker: 'cut one', when: 'answered', done: false }
    const commits = Promise.all([append(one, 'cut one'), append(other, 'cut two'), append(one, 'cut three')])
    await expect(append(frozen, 'cut four')).rejects.toThrow(JournalClosed)
    expect(await commits).toEqual([
      { from: 1, to: 3 },
      { from: 0, to: 1 },
      { from: 1, to: 3 },
    ])
    expect(cut.done).toBe(true)
    expect(await textsOf(one)).toEqual(['1 before', '2 cut one', '3 cut three'])
    expect(await textsOf(other)).toEqual(['1 cut two'])
    expect(await textsOf(frozen)).toEqual([])
    expect(await append(one, 'after')).toEqual({ from: 3, to: 4 })
  })

  /** Backends whose journal statement waits for a row. */
  const backends = async (): Promise<number[]> => {
    const { rows } = await direct.query(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%document_update%'`,
    )
    return rows.map(({ pid }) => pid as number)
  }

  test('before the commit, with the statement still running on the server: it is ended first', async () => {
    const id = await newId()
    await append(id, 'before')
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('begin')
    await holder.query('select 1 from document where id = $1 for update', [id])
    cut = { marker: 'early', when: 'working', done: false }
    const early = append(id, 'early')
    const first = await until(async () => (await backends())[0], 'the first try to wait')
    cut.lose?.()
    await until(async () => {
      const waiting = await backends()
      return waiting.length > 0 && !waiting.includes(first)
    }, 'the first try to be gone, and the second to wait')
    await holder.query('rollback')
    await holder.end()
    expect(await early).toEqual({ from: 1, to: 2 })
    expect(await textsOf(id)).toEqual(['1 before', '2 early'])
  })

  test('somebody who types through it sees it saved, once', async () => {
    const name = await draftOf(ann)
    const author = await opened(node.url, name, ann.token)
    cut = { marker: 'unlikely words', when: 'answered', done: false }
    author.text.insert(0, 'unlikely words')
    await until(() => saved(author), 'the words to be saved')
    expect(cut.done).toBe(true)
    expect(await node.journal.rowsAfter(name.split(':')[1] as string, 0)).toHaveLength(1)
    author.close()
  })
})
