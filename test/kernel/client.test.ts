/** The database client sends BEGIN with the first statement of a transaction and COMMIT with the last one. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PipelinedClient } from '../../domain/kernel/db/pipelined-client.ts'
import { createEmptyDatabase, usesPostgres } from '../support/node.ts'

const insertWord = { name: 'insert word', text: 'insert into word (text) values ($1) returning text, now() as at' }
const insertLastWord = { ...insertWord, name: 'insert last word', commits: true }

describe.skipIf(!usesPostgres)('the pipelined client', () => {
  let remove: () => Promise<void>
  let client: PipelinedClient
  let other: pg.Client

  beforeAll(async () => {
    const database = await createEmptyDatabase()
    remove = database.remove
    const connectionString = database.env.DATABASE_URL
    client = new PipelinedClient({ connectionString })
    other = new pg.Client({ connectionString })
    await Promise.all([client.connect(), other.connect()])
    await other.query('create table word (text text unique)')
  })
  afterAll(async () => {
    await Promise.all([client.end(), other.end()])
    await remove()
  })

  const readActivity = async (): Promise<{ state: string; query: string }> => {
    const { processID } = client as unknown as { processID: number }
    return (await other.query('select state, query from pg_stat_activity where pid = $1', [processID])).rows[0]
  }
  const readState = async () => (await readActivity()).state
  const readWords = async () => (await other.query<{ text: string }>('select text from word order by text')).rows.map(({ text }) => text)

  test('begins a transaction with its first statement, however that is sent', async () => {
    for (const runStatement of [
      () => client.query(insertWord, ['a']),
      () => client.query('insert into word (text) values ($1)', ['a']),
      () => client.query(`insert into word (text) values ('a')`),
    ]) {
      await client.query('begin')
      expect(await readState()).toBe('idle')
      await runStatement()
      expect(await readState()).toBe('idle in transaction')
      expect(await readWords()).toEqual([])
      await client.query('rollback')
      expect(await readState()).toBe('idle')
    }
    expect(await readWords()).toEqual([])
  })

  test('commits with the last statement, and refuses further statements', async () => {
    await client.query('begin')
    await client.query(insertWord, ['b'])
    const { rows } = await client.query(insertLastWord, ['c'])
    expect(rows).toEqual([{ text: 'c', at: expect.anything() }])
    expect(await readState()).toBe('idle')
    expect(await readWords()).toEqual(['b', 'c'])
    expect(() => client.query(insertWord, ['d'])).toThrow('followed the one that committed')
    await client.query('commit')
    await client.query('begin')
    await client.query(insertLastWord, ['d'])
    await client.query('commit')
    expect(await readWords()).toEqual(['b', 'c', 'd'])
  })

  test('rolls back when the last statement fails, and stays usable', async () => {
    await client.query('begin')
    await client.query(insertWord, ['e'])
    await expect(client.query(insertLastWord, ['b'])).rejects.toThrow('duplicate key')
    await client.query('rollback')
    await client.query('begin')
    await expect(client.query(insertWord, ['b'])).rejects.toThrow('duplicate key')
    await client.query('rollback')
    expect(await readState()).toBe('idle')
    expect(await readWords()).toEqual(['b', 'c', 'd'])
    expect(await client.runPrepared(insertWord, ['f'])).toEqual([{ text: 'f', at: expect.anything() }])
  })

  test('sends nothing for a transaction without statements', async () => {
    const { query } = await readActivity()
    for (const end of ['commit', 'rollback']) {
      await client.query('begin')
      await client.query(end)
    }
    expect((await readActivity()).query).toBe(query)
    await client.query(insertWord, ['g'])
    expect(await readWords()).toContain('g')
  })
})
