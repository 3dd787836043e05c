/** Every supported version of the unmodified provider: it edits, stays connected without errors, and stops when access ends. */
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
const recordError = (error: unknown) => void errors.push(error)
beforeEach(() => {
  errors = []
  vi.spyOn(console, 'error').mockImplementation(recordError)
  process.on('uncaughtException', recordError)
})
afterEach(() => {
  vi.restoreAllMocks()
  process.off('uncaughtException', recordError)
})

const versions = { '2.15': Provider2, '3.4': Provider3, '4.7': Provider4 } as const
type Version = keyof typeof versions

/** Opens a document on a new socket, by options that every version has. */
function open(version: Version, name: string, token: string) {
  const document = new Y.Doc()
  const closeEvents: string[] = []
  const provider = new versions[version]({
    url: `${node.url.replace('http', 'ws')}/collab`,
    name,
    token,
    document,
    onAuthenticationFailed: ({ reason }: { reason: string }) => void closeEvents.push(`denied ${reason}`),
    onClose: ({ event }: { event: { reason: string } }) => void closeEvents.push(`closed ${event.reason}`),
  })
  onTestFinished(() => provider.destroy())
  return { provider, document, text: document.getText('text'), closeEvents, saved: () => provider.isSynced && !provider.hasUnsyncedChanges }
}

test('all versions sync with each other and receive the keep-alive without errors', { timeout: 60_000 }, async () => {
  const name = await createDraft(ann)
  const all = (Object.keys(versions) as Version[]).map((version) => ({
    version,
    hasReceivedKeepAlive: false,
    ...open(version, name, ann.token),
  }))
  for (const client of all) {
    client.provider.configuration.websocketProvider.on('message', ({ data }: { data: ArrayBuffer }) => {
      client.hasReceivedKeepAlive ||= new Uint8Array(data).join() === '0,1,1,0'
    })
    await waitUntil(client.saved, `${client.version} to be synced`)
    client.text.insert(0, client.version)
  }
  await waitUntil(() => all.every(({ text, saved }) => text.length === 10 && saved()), 'all edits')
  await waitUntil(() => all.every(({ hasReceivedKeepAlive }) => hasReceivedKeepAlive), 'the keep-alive', 40_000)
  for (const client of all) client.text.insert(0, '.')
  await waitUntil(() => all.every(({ text, saved }) => text.length === 13 && saved()), 'all edits after the keep-alive')
  expect(errors).toEqual([])
  expect(all.flatMap(({ closeEvents: told }) => told)).toEqual([])
})

test.each(['2.15', '3.4', '4.7'] as const)(
  'provider %s is notified that its access ended, and its edits are not accepted',
  async (version) => {
    const name = await createDraft(ann)
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
    const member = open(version, name, ben.token)
    const owner = open('4.7', name, ann.token)
    await waitUntil(() => member.saved() && owner.saved(), 'both to be synced')
    member.text.insert(0, 'before')
    await waitUntil(() => owner.text.toString() === 'before', 'the edit of the member')
    await ann.request('DELETE', `/api/documents/${name}/members/${ben.id}`)
    await waitUntil(() => member.closeEvents.includes(version === '4.7' ? 'closed not-found' : 'denied not-found'), 'the close event')
    member.text.insert(0, 'after')
    owner.text.insert(0, 'owner ')
    await waitUntil(owner.saved, 'the edit of the owner to be saved')
    expect(owner.text.toString()).toBe('owner before')
    if (member.provider instanceof Provider2) expect(member.provider.isConnected).toBe(false)
    expect(errors).toEqual([])
  },
)
