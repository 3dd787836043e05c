import { networkInterfaces } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'
import pg from 'pg'
import { start } from '../../main.ts'
import { sendRequest } from '../support/client.ts'
import { createConfig, createEmptyDatabase, usesPostgres } from '../support/node.ts'

const { env, remove } = await createEmptyDatabase()
afterAll(async () => {
  await remove()
})

async function withNode(extraEnv: Record<string, string>, act: (url: string) => Promise<void>) {
  const node = await start(createConfig(env, extraEnv))
  try {
    await act(node.url)
  } finally {
    await node.stop()
  }
}

const readMetricsStatus = async (url: string, headers: Record<string, string> = {}) =>
  (await sendRequest(url, 'GET', '/metrics', undefined, headers)).status
const otherAddress = Object.values(networkInterfaces())
  .flat()
  .find((networkAddress) => networkAddress && !networkAddress.internal && networkAddress.family === 'IPv4')?.address

test('metrics are served to the local machine, but not through a proxy or to another address', async () => {
  await withNode({ HOST: '0.0.0.0' }, async (url) => {
    const { port } = new URL(url)
    const local = await sendRequest(`http://127.0.0.1:${port}`, 'GET', '/metrics')
    expect(local.status).toBe(200)
    expect(local.body).toContain('smartstart_edits_total')
    for (const header of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via']) {
      expect(await readMetricsStatus(`http://127.0.0.1:${port}`, { [header]: '127.0.0.1' }), header).toBe(404)
    }
    if (otherAddress) expect(await readMetricsStatus(`http://${otherAddress}:${port}`)).toBe(404)
    else console.log('Not tested here: metrics from another address (this machine has one address).')
  })
})

test('with METRICS_TOKEN metrics are served to any client that sends the token, and to no other client', async () => {
  const token = 'a token for the metrics'
  await withNode({ HOST: '0.0.0.0', METRICS_TOKEN: token }, async (url) => {
    const { port } = new URL(url)
    const address = `http://${otherAddress ?? '127.0.0.1'}:${port}`
    expect(await readMetricsStatus(address)).toBe(404)
    expect(await readMetricsStatus(`http://127.0.0.1:${port}`)).toBe(404)
    expect(await readMetricsStatus(address, { authorization: 'Bearer a token for the metrics!' })).toBe(404)
    expect(await readMetricsStatus(address, { authorization: `Bearer ${token}`, 'x-forwarded-for': '203.0.113.9' })).toBe(200)
  })
})

describe.skipIf(!usesPostgres)('a node whose PostgreSQL is read-only', () => {
  test('is not ready, and becomes ready by itself when writes work again', async () => {
    await withNode({}, async (url) => {
      const readHealth = async () => (await sendRequest(url, 'GET', '/api/health')).body
      expect(await readHealth()).toMatchObject({ status: 'ok', checks: { database: 'ok', commits: 'ok' } })
      const client = new pg.Client({ connectionString: env.DATABASE_URL })
      await client.connect()
      const name = (await client.query('select current_database() as name')).rows[0].name as string
      const terminateStatement = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and pid <> pg_backend_pid()`
      await client.query(`alter database ${name} set default_transaction_read_only = on`)
      await client.query(terminateStatement)
      await expect.poll(readHealth).toMatchObject({ status: 'unavailable', checks: { commits: 'failing' } })
      expect((await sendRequest(url, 'GET', '/readyz')).status).toBe(503)
      await client.query('set default_transaction_read_only = off')
      await client.query(`alter database ${name} reset default_transaction_read_only`)
      await client.query(terminateStatement)
      await expect.poll(readHealth).toMatchObject({ status: 'ok', checks: { database: 'ok', commits: 'ok' } })
      await client.end()
    })
  })
})
