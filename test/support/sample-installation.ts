/** An installation with one subject of each kind, for generated requests. */
import { randomUUID } from 'node:crypto'
import type { Node } from '../../main.ts'
import { openDocument, type Person, registerPerson } from './client.ts'
import type { KnownValue } from './request-generator.ts'
import { waitForNotification } from './inbox.ts'
import { createExample, loadSubjectExamples } from './subject-examples.ts'
import { createBlockAnchor, writeParagraphs } from './prose.ts'
import { writeDraft } from './written-draft.ts'
import { createPushBrowser } from './push-service.ts'
import { createAgreement, sendNewEnvelope } from './signing.ts'
import { waitUntil } from './wait-until.ts'

export interface SampleInstallation {
  administrator: Person
  owner: Person
  viewer: Person
  stranger: Person
  knownValue: KnownValue
  /** One subject of each kind, owned by the owner and shared with the viewer: its id by the path of its endpoints. */
  subjects: Map<string, string>
  /** The document of an envelope that was sent, owned by the owner, who is its party, and shared with the viewer: its id. */
  signedDocument: string
  /** Ids of things that only the owner and the viewer may see. */
  hidden: string[]
  close: () => void
}

/** Creates the installation. The administrator is the first account. */
export async function createSampleInstallation(node: Node): Promise<SampleInstallation> {
  const [administrator, owner, viewer, stranger, guest] = [
    await registerPerson(node.url, 'Admin'),
    await registerPerson(node.url, 'Olga'),
    await registerPerson(node.url, 'Vera'),
    await registerPerson(node.url, 'Sam'),
    await registerPerson(node.url, 'Gus'),
  ]
  const create = async (path: string, body: unknown, headers?: Record<string, string>) => {
    const answered = await owner.request('POST', `/api${path}`, body, headers)
    if (answered.status >= 300) throw new Error(`POST ${path}: ${JSON.stringify(answered.body)}`)
    return answered.body
  }
  const venture = await create('/ventures', { name: 'Venture' })
  const space = await create('/spaces', { name: 'Space' })
  const draft = await create('/legal/documents', { title: 'Draft', kind: 'agreement' }).catch(() =>
    create('/legal/documents', { title: 'Draft' }),
  )
  // a text that the administrator can publish
  const { body: published } = await administrator.request('POST', '/api/legal/documents', { title: 'Notice', kind: 'privacy-notice' })
  await writeDraft(node.url, administrator, published.documentName, 'What is kept, and why.')
  await administrator.request('POST', '/api/legal/kinds/privacy-notice/publish', { documentId: published.id })
  const subjects = new Map<string, string>([
    ['/ventures', venture.id],
    ['/spaces', space.id],
    ['/legal/documents', draft.id],
  ])
  for (const example of await loadSubjectExamples()) {
    const id = subjects.get(example.path) ?? (await createExample(owner, example))
    subjects.set(example.path, id)
    if (example.shareable) await owner.request('PUT', `/api${example.path}/${id}/members/${viewer.id}`, { role: 'viewer' })
  }
  const live = await openDocument(node.url, draft.documentName, owner.token)
  writeParagraphs(live.document, 'The party pays the buyer.', 'The second paragraph.')
  await waitUntil(() => !live.provider.hasUnsyncedChanges, 'the text to be saved')
  const anchor = createBlockAnchor(live.document, 0, 'party')
  const documents = `/documents/${draft.documentName}`
  const thread = await create(`${documents}/comments`, { text: 'A comment' })
  const suggestion = await create(`${documents}/suggestions`, { kind: 'replace', anchor, text: 'buyer' })
  const version = await create(`${documents}/versions`, { name: 'First' })
  const content = { type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Words' }] }] }
  const webhook = await create('/webhooks', { url: 'https://example.org/hook', audience: `user:${owner.id}` })
  const tested = await create(`/webhooks/${webhook.id}/test`, undefined)
  const channel = await create('/conversations', { subject: `space:${space.id}`, name: 'channel' })
  const octets = { 'content-type': 'application/octet-stream' }
  const file = await create(`/conversations/${space.id}/files?name=a.txt`, 'words', octets)
  const message = await create(`/conversations/${space.id}/messages`, { text: 'Hello', fileIds: [file.id] })
  const exported = await create(`${documents}/exports`, { format: 'markdown' })
  await waitUntil(async () => (await owner.request('GET', `/api/exports/${exported.id}`)).body.state === 'done', 'the export')
  const imported = await create('/imports?name=a.md', '# Words', octets)
  const board: Record<string, string> = {}
  for (const [name, fields] of Object.entries({
    tasks: { title: 'T' },
    notes: { title: 'N' },
    ideas: { title: 'I' },
    polls: {
      question: 'Q',
      options: [
        { id: 'a', text: 'A' },
        { id: 'b', text: 'B' },
      ],
    },
  }))
    board[name] = (await create(`/spaces/${space.id}/${name}`, fields)).id
  await create(`/ventures/${venture.id}/timeline`, { startsOn: '2027-01-01' })
  for (const [name, fields] of Object.entries({
    phases: { name: 'P', startDay: 1, endDay: 3 },
    milestones: { title: 'M', day: 2 },
    raci: { activity: 'A' },
    goals: { title: 'G' },
    risks: { title: 'R', impact: 2, probability: 3 },
    figures: { name: 'F' },
  }))
    board[name] = (await create(`/ventures/${venture.id}/plan/${name}`, fields)).id
  board.readings = (await create(`/ventures/${venture.id}/plan/readings`, { figureId: board.figures, on: '2027-01-01', value: 1 })).id
  await owner.request('PUT', `/api/legal/documents/${draft.id}/reviewers/${guest.id}`, {})
  // a document of its own: it is frozen
  const signedDocument = await createAgreement(owner)
  await owner.request('PUT', `/api/legal/documents/${signedDocument}/members/${viewer.id}`, { role: 'viewer' })
  const parties = [
    { userId: owner.id, role: 'signer' },
    { name: 'Zoe', email: 'zoe@example.org', role: 'signer' },
  ]
  const envelope = await sendNewEnvelope(owner, signedDocument, { parties })
  const review = (await owner.request('GET', `/api/legal/documents/${draft.id}/review`)).body
  const notification = await waitForNotification(owner, ({ type }) => type === 'user.welcome', 'her account')
  const mail = await waitUntil(async () => (await administrator.request('GET', '/api/outbox')).body.items[0], 'mail in the outbox')
  const session = (await owner.request('POST', '/api/auth/login', { email: owner.email, password: owner.password })).body
  const spare = (await owner.request('GET', '/api/auth/sessions')).body.items.find(({ current }: { current: boolean }) => !current)
  const keys = createPushBrowser('https://example.org').subscription.keys

  const ids: Record<string, string> = {
    users: guest.id,
    websocket: venture.id,
    notifications: notification.id,
    webhooks: webhook.id,
    outbox: mail.id,
    deliveries: mail.id,
    auth: spare.id,
    legal: draft.id,
  }
  const values: Record<string, unknown> = {
    documentName: draft.documentName,
    subject: draft.documentName,
    audience: `user:${owner.id}`,
    userIds: [guest.id],
    user_ids: [guest.id],
    recipientId: guest.id,
    ownerId: owner.id,
    assigneeId: owner.id,
    ventureId: venture.id,
    documentId: draft.id,
    partyId: envelope.parties[1]?.id,
    consentVersion: '2026-11',
    mark: { kind: 'typed', text: 'Olga' },
    parties: undefined,
    needed: undefined,
    deadline: '2027-06-01T00:00:00Z',
    threadId: thread.id,
    commentId: thread.comments[0].id,
    suggestionId: suggestion.id,
    versionId: version.id,
    clauseId: subjects.get('/legal/clauses'),
    templateId: 'mutual-nda',
    deliveryId: tested.id,
    conversationId: space.id,
    messageId: message.id,
    fileId: file.id,
    exportId: exported.id,
    importId: imported.id,
    figureId: board.figures,
    phaseId: null,
    optionId: 'a',
    emoji: '👍',
    anchor,
    content,
    keys,
    endpoint: 'https://example.org/push',
    url: 'https://example.org/hook',
    events: ['*'],
    tags: ['law'],
    tag: 'law',
    password: owner.password,
    newPassword: 'another long password',
    currentPassword: owner.password,
    seq: 1,
    refreshToken: session.refreshToken,
    deviceToken: 'x',
    timeZone: 'Europe/Vienna',
    at: 1,
    expectedHash: review.hash,
    blocking: true,
    from: 0,
    to: 1,
    after: 0,
    lastEventId: 0,
    variables: { party: 'Words' },
    values: { party: 'Words' },
    options: [
      { id: 'a', text: 'A' },
      { id: 'b', text: 'B' },
    ],
    quietHours: { enabled: true, from: '22:00', to: '08:00' },
    digests: { email: { every: 'daily', at: '09:00' } },
    status: undefined,
  }
  const auditValues: Record<string, unknown> = { position: 1, from: 1, subject: draft.documentName, personId: guest.id }
  const knownValue: KnownValue = (name, { path, method }) => {
    const [, slice = ''] = path.split('/')
    if (path.startsWith('/legal/envelopes/{id}') && name === 'id') return envelope.id
    if (path === '/legal/envelopes/{id}/correct' && name === 'documentId') return undefined
    if (path === '/legal/documents/{id}/sign' && name === 'id') return signedDocument
    if (/^\/legal\/(envelopes|documents)\/\{id\}\/(sign|approve)$/.test(path) && name === 'expectedHash') return envelope.contentHash
    if (path.startsWith('/legal/signing-links')) return name === 'code' ? '000000' : undefined
    const subject = [...subjects].find(([own]) => path.startsWith(`${own}/{${name}}`))
    if (subject) return subject[1]
    if (name === 'id' && path === '/notifications/{id}' && method === 'get') return owner.id
    if (name === 'id' && path.startsWith('/websocket/team')) return space.id
    if (path.startsWith('/state-machines')) {
      const isCreated = path.endsWith('/create')
      if (name === 'id') return isCreated ? owner.id : draft.id
      if (name === 'type' && !path.endsWith('/active')) return isCreated ? 'userCompliance' : 'legalDocument'
      return name === 'event' ? 'SUBMIT_FOR_REVIEW' : undefined
    }
    if (path.startsWith('/audit')) return auditValues[name]
    if (path === '/legal/documents/{id}/review' && name === 'decision') return 'request-changes'
    if (path.startsWith('/legal/kinds') && name === 'kind') return 'privacy-notice'
    if (path.startsWith('/legal/kinds') && name === 'documentId') return published.id
    if (name === 'id' && path.includes('{id}')) {
      if (!ids[slice]) throw new Error(`There is no example for ${path}: add it to test/support/examples/<slice>.ts or to this file.`)
      return ids[slice]
    }
    if (name === 'entryId') return board[/\/(\w+)\/\{entryId\}/.exec(path)?.[1] ?? '']
    if (name === 'userId') return path.startsWith('/notifications') ? owner.id : guest.id
    if (name === 'email') return path.endsWith('/login') || path.endsWith('/forgot') ? owner.email : `${randomUUID()}@example.org`
    if (name === 'conversationId' && method === 'patch') return channel.id
    if (name === 'subject' && path === '/conversations') return `space:${space.id}`
    if (name === 'templateId' && !path.includes('templateId')) return undefined
    if (name === 'name' && path === '/imports') return 'a.md'
    if (name === 'name' && path === '/conversations') return randomUUID()
    if (name === 'at' && path.includes('history/state')) return undefined
    if (name === 'after' && path.endsWith('/clauses')) return undefined
    if (['threadId', 'fileIds'].includes(name) && path.startsWith('/conversations')) return name === 'fileIds' ? [] : message.id
    if (name === 'before') return undefined
    // always a deletion, since the schema does not say which fields each kind requires
    if (path.endsWith('/suggestions') && name === 'kind') return 'delete'
    if (path.endsWith('/suggestions') && name === 'text') return undefined
    return values[name]
  }
  const hidden = [
    ...subjects.values(), thread.id, thread.comments[0].id, suggestion.id, version.id, webhook.id, tested.id, channel.id,
    message.id, file.id, exported.id, imported.id, notification.id, mail.id, spare.id, ...Object.values(board),
  ] // biome-ignore format: a list
  return { administrator, owner, viewer, stranger, knownValue, subjects, signedDocument, hidden, close: live.close }
}
