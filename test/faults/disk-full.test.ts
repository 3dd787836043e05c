import { afterAll, expect, test } from 'vitest'
import { createDraft, openDocument, registerPerson } from '../support/client.ts'
import { type ClusterNode, startClusterNode } from '../support/cluster.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { findFreePort } from '../support/servers.ts'
import { type SmallDisk, mountSmallDisk } from '../support/small-disk.ts'
import { acknowledgedKeys, findMissingKeys, type TypingClient, createTypingClient } from '../support/typing-client.ts'
import { waitUntil } from '../support/wait-until.ts'

let disk: SmallDisk | undefined
let node: ClusterNode | undefined
afterAll(async () => {
  await node?.kill('SIGKILL')
  disk?.remove()
})

/** Returns a check: whether unacknowledged edits have had no acknowledgement for this time. */
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

test('an embedded node acknowledges nothing on a full disk, and has every acknowledged edit afterwards', {
  timeout: 180_000,
}, async () => {
  disk = mountSmallDisk(220 * 1024 * 1024)
  if (!disk) return
  const seed = readSeed('disk full')
  const random = createRandom(seed)
  node = await startClusterNode({
    DATA_DIR: `${disk.folder}/data`,
    PORT: String(await findFreePort()),
    LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
    LIMITS: 'off',
  })
  const ann = await registerPerson(node.url, 'Ann')
  const documentName = await createDraft(ann)
  const everybody: TypingClient[] = []
  let waited = 0
  for (const [round, killed] of [false, true].entries()) {
    const one = createTypingClient({ url: node.url, documentName, token: ann.token, name: `round${round}`, random })
    everybody.push(one)
    await waitUntil(() => one.replica.provider.isSynced, 'the document to be open')
    one.startTyping()
    await waitUntil(() => one.acknowledged > 20, 'the first edits to be acknowledged')
    disk.fill()
    await one.stopTyping()
    // the write-ahead log has preallocated space, so type until it is used up
    const stalled = stalledFor(one, 2000)
    const before = one.typed
    while (!stalled()) {
      expect(one.typed - before, 'edits taken on a full disk').toBeLessThan(20_000)
      one.replica.document.getText('ballast').insert(0, 'x'.repeat(20_000))
      one.typeEdit()
      await waitUntil(() => one.typed - one.acknowledged < 20 || stalled(), 'acknowledgements, or none any more')
    }
    waited += one.typed - one.acknowledged
    const { url } = node
    const health = async () => (await fetch(`${url}/api/health`)).json()
    await expect.poll(health).toMatchObject({ status: 'unavailable', checks: { commits: 'failing' } })
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    if (killed) {
      await node.kill('SIGKILL')
      one.replica.close()
      disk.free()
      await node.start()
    } else {
      disk.free()
      await waitUntil(() => one.acknowledged === one.typed, 'what waited to be acknowledged', 60_000)
      one.replica.close()
    }
    await expect.poll(health).toMatchObject({ status: 'ok', checks: { commits: 'ok' } })
    const promised = acknowledgedKeys(everybody)
    const reader = await openDocument(node.url, documentName, ann.token)
    expect(findMissingKeys(promised, reader.document)).toEqual([])
    reader.close()
  }
  console.log(
    `disk full: ${waited} edits waited for space and were not acknowledged without, ${acknowledgedKeys(everybody).length} acknowledged, ` +
      `lost 0: once it went on by itself, once after kill -9 (SEED=${seed})`,
  )
})
