/** What of a transaction goes with its statements, as the server sees it. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PipelinedClient } from '../../domain/kernel/db/pipelined-client.ts'
import { createEmptyDatabase, usesPostgres } from '../support/node.ts'

const putting = { name: 'word put', text: 'insert into word (text) values ($1) returning text, now() as at' }
const puttingLast = { ...putting, name: 'word put last', commits: true }

describe.skipIf(!usesPostgres)('a client of the pool', () => {
  let remove: () => Promise<void>
  let client: PipelinedClient
  let other: pg.Client

  beforeAll(async () => {
    const made = await createEmptyDatabase()
    remove = made.remove
    const connectionString = made.env.DATABASE_URL
    client = new PipelinedClient({ connectionString })
    other = new pg.Client({ connectionString })
    await Promise.all([client.connect(), other.connect()])
    await other.query('create table word (text text unique)')
  })
  afterAll(async () => {
    await Promise.all([client.end(), other.end()])
    await remove()
  })

  const activity = async (): Promise<{ state: string; query: string }> => {
    const { processID } = client as unknown as { processID: number }
    return (await other.query('select state, query from pg_stat_activity where pid = $1', [processID])).rows[0]
  }
  const stateOf = async () => (await activity()).state
  const words = async () => (await other.query<{ text: string }>('select text from word order by text')).rows.map(({ text }) => text)

  test('begins with the first statement, whatever way it comes', async () => {
    for (const ask of [
      () => client.query(putting, ['a']),
      () => client.query('insert into word (text) values ($1)', ['a']),
      () => client.query(`insert into word (text) values ('a')`),
    ]) {
      await client.query('begin')
      expect(await stateOf()).toBe('idle')
      await ask()
      expect(await stateOf()).toBe('idle in transaction')
      expect(await words()).toEqual([])
      await client.query('rollback')
      expect(await stateOf()).toBe('idle')
    }
    expect(await words()).toEqual([])
  })

  test('commits with its last statement, and takes none after it', async () => {
    await client.query('begin')
    await client.query(putting, ['b'])
    const { rows } = await client.query(puttingLast, ['c'])
    expect(rows).toEqual([{ text: 'c', at: expect.anything() }])
    expect(await stateOf()).toBe('idle')
    expect(await words()).toEqual(['b', 'c'])
    expect(() => client.query(putting, ['d'])).toThrow('followed the one that committed')
    await client.query('commit')
    await client.query('begin')
    await client.query(puttingLast, ['d'])
    await client.query('commit')
    expect(await words()).toEqual(['b', 'c', 'd'])
  })

  test('undoes all when its last statement fails, and goes on', async () => {
    await client.query('begin')
    await client.query(putting, ['e'])
    await expect(client.query(puttingLast, ['b'])).rejects.toThrow('duplicate key')
    await client.query('rollback')
    await client.query('begin')
    await expect(client.query(putting, ['b'])).rejects.toThrow('duplicate key')
    await client.query('rollback')
    expect(await stateOf()).toBe('idle')
    expect(await words()).toEqual(['b', 'c', 'd'])
    expect(await client.runPrepared(putting, ['f'])).toEqual([{ text: 'f', at: expect.anything() }])
  })

  test('asks nothing of the server for a transaction in which nothing was asked', async () => {
    const { query } = await activity()
    for (const end of ['commit', 'rollback']) {
      await client.query('begin')
      await client.query(end)
    }
    expect((await activity()).query).toBe(query)
    await client.query(putting, ['g'])
    expect(await words()).toContain('g')
  })
})
