import { afterAll, expect, test } from 'vitest'
import { draftOf, opened, register } from '../support/client.ts'
import { type Member, member } from '../support/cluster.ts'
import { randomFrom, seedOf } from '../support/random.ts'
import { freePort } from '../support/servers.ts'
import { type SmallDisk, smallDisk } from '../support/small-disk.ts'
import { acknowledgedKeys, missingKeys, type TypingClient, createTypingClient } from '../support/typing-client.ts'
import { until } from '../support/until.ts'

let disk: SmallDisk | undefined
let node: Member | undefined
afterAll(async () => {
  await node?.end('SIGKILL')
  disk?.remove()
})

/** Whether nothing was acknowledged for a while, though something waits for it. */
function stalledFor(one: TypingClient, milliseconds: number) {
  let acknowledged = one.acknowledged
  let since = Date.now()
  return () => {
    if (one.acknowledged !== acknowledged || one.typed === one.acknowledged) {
      acknowledged = one.acknowledged
      since = Date.now()
    }
    return Date.now() - since > milliseconds
  }
}

test('embedded: on a full disk nothing is acknowledged; with space again every acknowledged edit is there', {
  timeout: 180_000,
}, async () => {
  disk = smallDisk(220 * 1024 * 1024)
  if (!disk) return
  const seed = seedOf('disk full')
  const random = randomFrom(seed)
  node = await member({
    DATA_DIR: `${disk.folder}/data`,
    PORT: String(await freePort()),
    LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
    LIMITS: 'off',
  })
  const ann = await register(node.url, 'Ann')
  const name = await draftOf(ann)
  const everybody: TypingClient[] = []
  let waited = 0
  for (const [round, killed] of [false, true].entries()) {
    const one = createTypingClient({ url: node.url, documentName: name, token: ann.token, name: `round${round}`, random })
    everybody.push(one)
    await until(() => one.one.provider.isSynced, 'the document to be open')
    one.begin()
    await until(() => one.acknowledged > 20, 'the first edits to be acknowledged')
    disk.fill()
    await one.pause()
    // the log has room of its own for a while: typed on until it has not
    const stalled = stalledFor(one, 2000)
    const before = one.typed
    while (!stalled()) {
      expect(one.typed - before, 'edits taken on a full disk').toBeLessThan(20_000)
      one.one.document.getText('ballast').insert(0, 'x'.repeat(20_000))
      one.edit()
      await until(() => one.typed - one.acknowledged < 20 || stalled(), 'acknowledgements, or none any more')
    }
    waited += one.typed - one.acknowledged
    const { url } = node
    const health = async () => (await fetch(`${url}/api/health`)).json()
    await expect.poll(health).toMatchObject({ status: 'unavailable', checks: { commits: 'failing' } })
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    if (killed) {
      await node.end('SIGKILL')
      one.one.close()
      disk.free()
      await node.start()
    } else {
      disk.free()
      await until(() => one.acknowledged === one.typed, 'what waited to be acknowledged', 60_000)
      one.one.close()
    }
    await expect.poll(health).toMatchObject({ status: 'ok', checks: { commits: 'ok' } })
    const promised = acknowledgedKeys(everybody)
    const reader = await opened(node.url, name, ann.token)
    expect(missingKeys(promised, reader.document)).toEqual([])
    reader.close()
  }
  console.log(
    `disk full: ${waited} edits waited for space and were not acknowledged without, ${acknowledgedKeys(everybody).length} acknowledged, ` +
      `lost 0: once it went on by itself, once after kill -9 (SEED=${seed})`,
  )
})
