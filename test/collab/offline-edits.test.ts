import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { startFaultProxy } from '../support/proxy.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

test('edits typed offline are acknowledged once after the client reconnects', async () => {
  const name = await createDraft(ann)
  const proxy = await startFaultProxy(Number(new URL(node.url).port))
  const author = await openDocument(`http://127.0.0.1:${proxy.port}`, name, ann.token)
  author.text.insert(0, 'before')
  await waitUntil(() => isSaved(author), 'the text to be saved')
  proxy.disconnect()
  await waitUntil(() => !author.provider.isSynced, 'the client to disconnect')
  for (let n = 0; n < 5; n++) author.text.insert(0, `${n} while away `)
  let acknowledgements = 0
  author.provider.on('unsyncedChanges', ({ number }: { number: number }) => {
    if (number === 0) acknowledgements++
  })
  proxy.resume()
  await waitUntil(() => isSaved(author), 'the offline edits to be acknowledged')
  // one more round trip, so that everything sent before it has arrived
  author.text.insert(0, 'and after ')
  await waitUntil(() => isSaved(author), 'the text to be saved')
  expect(acknowledgements).toBe(2)
  author.close()
  await proxy.stop()
})
