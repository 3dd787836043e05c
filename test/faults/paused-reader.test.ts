import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { afterAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createDraft, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { type ClusterNode, startClusterNode } from '../support/cluster.ts'
import { createEmptyDatabase } from '../support/node.ts'
import { findFreePort } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'

const mebibyte = 1024 * 1024
const maxUnreadBytes = 2 * mebibyte
const editBytes = 64 * 1024
const { env, remove } = await createEmptyDatabase({ embedded: true })
let node: ClusterNode
afterAll(async () => {
  await node?.kill('SIGKILL')
  await remove()
})

/** The bytes that the system can buffer for an unread connection: the largest socket buffers of both ends. */
function readSystemBufferBytes(): number {
  const readLargest = (name: string) => {
    try {
      return Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/).at(-1))
    } catch {
      return 8 * mebibyte
    }
  }
  return readLargest('tcp_rmem') + readLargest('tcp_wmem')
}

test('only a client that stops reading is disconnected, at a memory limit, and has all edits after it reconnects', {
  timeout: 120_000,
}, async () => {
  node = await startClusterNode({ ...env, PORT: String(await findFreePort()), LIMIT_UNREAD_BYTES: String(maxUnreadBytes) })
  const ann = await registerPerson(node.url, 'Ann')
  const name = await createDraft(ann)
  const author = await openDocument(node.url, name, ann.token)
  const otherClient = await openDocument(node.url, name, ann.token)
  const closes: { code: number; reason: string }[] = []
  const websocketProvider = new HocuspocusProviderWebsocket({
    url: `${node.url.replace('http', 'ws')}/collab`,
    WebSocketPolyfill: WebSocket,
    delay: 50,
    minDelay: 20,
  })
  const pausedProvider = new HocuspocusProvider({ websocketProvider, name, token: ann.token })
  pausedProvider.on('close', ({ event }: { event: { code: number; reason: string } }) => closes.push(event))
  pausedProvider.attach()
  await waitUntil(() => pausedProvider.isSynced && !pausedProvider.hasUnsyncedChanges, 'the reader to be synced')
  const stream = (websocketProvider.webSocket as unknown as { _socket: Socket })._socket
  stream.pause()

  const memoryBefore = await node.readMetric('smartstart_process_resident_memory_bytes')
  const maxSentBytes = maxUnreadBytes + readSystemBufferBytes() + 2 * editBytes
  let sentBytes = 0
  const countDisconnected = () => node.readMetric('smartstart_socket_refusals_total')
  while ((await countDisconnected()) === 0) {
    // each edit deletes the text of the one before, so that the document stays small
    author.document.transact(() => {
      author.text.delete(0, author.text.length)
      author.text.insert(0, `${sentBytes} ${'x'.repeat(editBytes)}`)
    })
    sentBytes += editBytes
    await waitUntil(() => isSaved(author) && otherClient.text.length === author.text.length, 'the other client to receive the edit')
    expect(sentBytes).toBeLessThan(maxSentBytes)
  }
  expect(sentBytes).toBeGreaterThan(maxUnreadBytes)
  const memoryGrowth = (await node.readMetric('smartstart_process_resident_memory_bytes')) - memoryBefore

  stream.resume()
  await waitUntil(() => closes.length > 0, 'the reader to be disconnected')
  expect(closes[0]).toMatchObject({ code: 1013, reason: 'slow-reader' })
  await waitUntil(() => pausedProvider.isSynced, 'the reader to reconnect')
  author.text.insert(0, 'and on ')
  await waitUntil(() => pausedProvider.document.getText('text').toString() === author.text.toString(), 'the reader to have the whole text')
  expect(otherClient.provider.isSynced).toBe(true)
  console.log(
    `a paused reader: disconnected after ${(sentBytes / mebibyte).toFixed(1)} MiB with ${maxUnreadBytes / mebibyte} MiB to leave unread ` +
      `(the system's buffers took the rest), node grew by ${(memoryGrowth / mebibyte).toFixed(0)} MiB, the others continued, it reconnected with all edits`,
  )
  pausedProvider.destroy()
  websocketProvider.destroy()
  author.close()
  otherClient.close()
})
