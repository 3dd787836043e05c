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
const limit = 2 * mebibyte
const edit = 64 * 1024
const { env, remove } = await createEmptyDatabase({ embedded: true })
let node: ClusterNode
afterAll(async () => {
  await node?.kill('SIGKILL')
  await remove()
})

/** The bytes that the system can buffer for an unread connection: the largest socket buffers of both ends. */
function heldBySystem(): number {
  const largest = (name: string) => {
    try {
      return Number(readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().split(/\s+/).at(-1))
    } catch {
      return 8 * mebibyte
    }
  }
  return largest('tcp_rmem') + largest('tcp_wmem')
}

test('only a client that stops reading is disconnected, at a memory limit, and has all edits after it reconnects', {
  timeout: 120_000,
}, async () => {
  node = await startClusterNode({ ...env, PORT: String(await findFreePort()), LIMIT_UNREAD_BYTES: String(limit) })
  const ann = await registerPerson(node.url, 'Ann')
  const name = await createDraft(ann)
  const author = await openDocument(node.url, name, ann.token)
  const other = await openDocument(node.url, name, ann.token)
  const closes: { code: number; reason: string }[] = []
  const websocketProvider = new HocuspocusProviderWebsocket({
    url: `${node.url.replace('http', 'ws')}/collab`,
    WebSocketPolyfill: WebSocket,
    delay: 50,
    minDelay: 20,
  })
  const paused = new HocuspocusProvider({ websocketProvider, name, token: ann.token })
  paused.on('close', ({ event }: { event: { code: number; reason: string } }) => closes.push(event))
  paused.attach()
  await waitUntil(() => paused.isSynced && !paused.hasUnsyncedChanges, 'the reader to be synced')
  const stream = (websocketProvider.webSocket as unknown as { _socket: Socket })._socket
  stream.pause()

  const memory = await node.readMetric('smartstart_process_resident_memory_bytes')
  const most = limit + heldBySystem() + 2 * edit
  let told = 0
  const letGo = () => node.readMetric('smartstart_socket_refusals_total')
  while ((await letGo()) === 0) {
    // each edit deletes the text of the one before, so that the document stays small
    author.document.transact(() => {
      author.text.delete(0, author.text.length)
      author.text.insert(0, `${told} ${'x'.repeat(edit)}`)
    })
    told += edit
    await waitUntil(() => isSaved(author) && other.text.length === author.text.length, 'the others to go on')
    expect(told).toBeLessThan(most)
  }
  expect(told).toBeGreaterThan(limit)
  const grown = (await node.readMetric('smartstart_process_resident_memory_bytes')) - memory

  stream.resume()
  await waitUntil(() => closes.length > 0, 'the reader to hear of it')
  expect(closes[0]).toMatchObject({ code: 1013, reason: 'slow-reader' })
  await waitUntil(() => paused.isSynced, 'the reader to be back')
  author.text.insert(0, 'and on ')
  await waitUntil(() => paused.document.getText('text').toString() === author.text.toString(), 'the reader to have everything')
  expect(other.provider.isSynced).toBe(true)
  console.log(
    `a paused reader: let go after ${(told / mebibyte).toFixed(1)} MiB with ${limit / mebibyte} MiB to leave unread ` +
      `(the system's buffers took the rest), node grew by ${(grown / mebibyte).toFixed(0)} MiB, others went on, it came back whole`,
  )
  paused.destroy()
  websocketProvider.destroy()
  author.close()
  other.close()
})
