/** Every supported version of the provider, unmodified: it edits, stays connected without an error, and stops when access ends. */
import { HocuspocusProvider as Provider4 } from '@hocuspocus/provider'
import { HocuspocusProvider as Provider2 } from '@hocuspocus/provider-2'
import { HocuspocusProvider as Provider3 } from '@hocuspocus/provider-3'
import { afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
let errors: unknown[]
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})
const note = (error: unknown) => void errors.push(error)
beforeEach(() => {
  errors = []
  vi.spyOn(console, 'error').mockImplementation(note)
  process.on('uncaughtException', note)
})
afterEach(() => {
  vi.restoreAllMocks()
  process.off('uncaughtException', note)
})

const versions = { '2.15': Provider2, '3.4': Provider3, '4.7': Provider4 } as const
type Version = keyof typeof versions

/** Opens a document with its own socket, in the way that every version has. */
function open(version: Version, name: string, token: string) {
  const document = new Y.Doc()
  const told: string[] = []
  const provider = new versions[version]({
    url: `${node.url.replace('http', 'ws')}/collab`,
    name,
    token,
    document,
    onAuthenticationFailed: ({ reason }: { reason: string }) => void told.push(`denied ${reason}`),
    onClose: ({ event }: { event: { reason: string } }) => void told.push(`closed ${event.reason}`),
  })
  onTestFinished(() => provider.destroy())
  return { provider, document, text: document.getText('text'), told, saved: () => provider.isSynced && !provider.hasUnsyncedChanges }
}

test('all versions hear each other, and the keep-alive, without an error', { timeout: 60_000 }, async () => {
  const name = await createDraft(ann)
  const all = (Object.keys(versions) as Version[]).map((version) => ({ version, keptAlive: false, ...open(version, name, ann.token) }))
  for (const one of all) {
    one.provider.configuration.websocketProvider.on('message', ({ data }: { data: ArrayBuffer }) => {
      one.keptAlive ||= new Uint8Array(data).join() === '0,1,1,0'
    })
    await waitUntil(one.saved, `${one.version} to be synced`)
    one.text.insert(0, one.version)
  }
  await waitUntil(() => all.every(({ text, saved }) => text.length === 10 && saved()), 'the words of all')
  await waitUntil(() => all.every(({ keptAlive }) => keptAlive), 'the keep-alive', 40_000)
  for (const one of all) one.text.insert(0, '.')
  await waitUntil(() => all.every(({ text, saved }) => text.length === 13 && saved()), 'the words of all, after the keep-alive')
  expect(errors).toEqual([])
  expect(all.flatMap(({ told }) => told)).toEqual([])
})

test.each(['2.15', '3.4', '4.7'] as const)('provider %s learns that its access ended, and its words go nowhere', async (version) => {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  const his = open(version, name, ben.token)
  const hers = open('4.7', name, ann.token)
  await waitUntil(() => his.saved() && hers.saved(), 'both to be synced')
  his.text.insert(0, 'before')
  await waitUntil(() => hers.text.toString() === 'before', 'his words')
  await ann.request('DELETE', `/api/documents/${name}/members/${ben.id}`)
  await waitUntil(() => his.told.includes(version === '4.7' ? 'closed not-found' : 'denied not-found'), 'him to be told')
  his.text.insert(0, 'after')
  hers.text.insert(0, 'hers ')
  await waitUntil(hers.saved, 'her words to be saved')
  expect(hers.text.toString()).toBe('hers before')
  if (his.provider instanceof Provider2) expect(his.provider.isConnected).toBe(false)
  expect(errors).toEqual([])
})
