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
function createStallCheck(client: TypingClient, durationMs: number) {
  let acknowledged = client.acknowledged
  let since = Date.now()
  return () => {
    if (client.acknowledged !== acknowledged || client.typed === client.acknowledged) {
      acknowledged = client.acknowledged
      since = Date.now()
    }
    return Date.now() - since > durationMs
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
  const clients: TypingClient[] = []
  let waitingEdits = 0
  for (const [round, isKilled] of [false, true].entries()) {
    const client = createTypingClient({ url: node.url, documentName, token: ann.token, name: `round${round}`, random })
    clients.push(client)
    await waitUntil(() => client.replica.provider.isSynced, 'the document to be open')
    client.startTyping()
    await waitUntil(() => client.acknowledged > 20, 'the first edits to be acknowledged')
    disk.fill()
    await client.stopTyping()
    // the write-ahead log has preallocated space, so type until it is used up
    const isStalled = createStallCheck(client, 2000)
    const typedBefore = client.typed
    while (!isStalled()) {
      expect(client.typed - typedBefore, 'edits taken on a full disk').toBeLessThan(20_000)
      client.replica.document.getText('ballast').insert(0, 'x'.repeat(20_000))
      client.typeEdit()
      await waitUntil(() => client.typed - client.acknowledged < 20 || isStalled(), 'acknowledgements or a stall')
    }
    waitingEdits += client.typed - client.acknowledged
    const { url } = node
    const readHealth = async () => (await fetch(`${url}/api/health`)).json()
    await expect.poll(readHealth).toMatchObject({ status: 'unavailable', checks: { commits: 'failing' } })
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    if (isKilled) {
      await node.kill('SIGKILL')
      client.replica.close()
      disk.free()
      await node.start()
    } else {
      disk.free()
      await waitUntil(() => client.acknowledged === client.typed, 'the waiting edits to be acknowledged', 60_000)
      client.replica.close()
    }
    await expect.poll(readHealth).toMatchObject({ status: 'ok', checks: { commits: 'ok' } })
    const acknowledgedBefore = acknowledgedKeys(clients)
    const reader = await openDocument(node.url, documentName, ann.token)
    expect(findMissingKeys(acknowledgedBefore, reader.document)).toEqual([])
    reader.close()
  }
  console.log(
    `disk full: ${waitingEdits} edits waited for space and were not acknowledged without, ${acknowledgedKeys(clients).length} acknowledged, ` +
      `lost 0: once it went on by itself, once after kill -9 (SEED=${seed})`,
  )
})
