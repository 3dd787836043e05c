/** Notifications about messages. */
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../domain/kernel/actor.ts'
import { notifyOfEvent } from '../../domain/notifications/dispatch.ts'
import type { Node } from '../../main.ts'
import { registerWelcomedPerson, registerPersonWithReadInbox } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { collectEvents, readInbox, hasType, waitForNotification, readUnreadCounts } from '../support/inbox.ts'
import { getEmptyNode, usesPostgres } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
beforeAll(async () => {
  node = await getEmptyNode()
  // the first person is the administrator
  await registerWelcomedPerson(node.url, 'Admin')
})
afterAll(() => node.sequencer.drain())

test('direct messages, mentions and replies notify their recipients; reading or deleting a message updates the inbox', async () => {
  const [dora, eve] = [await registerPersonWithReadInbox(node.url, 'Dora'), await registerPersonWithReadInbox(node.url, 'Eve')]
  const { body: direct } = await dora.request('POST', '/api/conversations/direct', { userIds: [eve.id] })
  const sendMessage = async (person: Person, id: string, body: object) => {
    const response = await person.request('POST', `/api/conversations/${id}/messages`, body)
    expect(response.status).toBe(201)
    return response.body
  }
  const subscriber = await collectEvents(node.url, eve)
  const firstMessage = await sendMessage(dora, direct.id, { text: 'Hello you' })
  expect(await waitForNotification(eve, hasType('message.direct'), 'the message')).toMatchObject({
    title: 'Dora wrote to you',
    message: 'Hello you',
    subject: null,
    group: `messages:conversation:${direct.id}`,
    data: { conversationId: direct.id, messageId: firstMessage.id, seq: firstMessage.seq },
  })
  const secondMessage = await sendMessage(dora, direct.id, { text: 'Are you there?' })
  await waitUntil(async () => (await readUnreadCounts(eve)).unread === 2, 'both unread messages')
  await eve.request('PUT', `/api/conversations/${direct.id}/seen`, { seq: firstMessage.seq })
  await waitUntil(async () => (await readUnreadCounts(eve)).unread === 1, 'one unread message')
  await dora.request('DELETE', `/api/conversations/${direct.id}/messages/${secondMessage.id}`)
  await waitUntil(
    async () => (await readInbox(eve)).filter(hasType('message.direct')).length === 1,
    'the deleted message to leave the inbox',
  )
  expect(JSON.stringify(subscriber.events)).not.toContain('Hello you')
  subscriber.close()

  const { body: space } = await dora.request('POST', '/api/spaces', { name: 'Room' })
  await dora.request('PUT', `/api/spaces/${space.id}/members/${eve.id}`, { role: 'commenter' })
  const { body: channels } = await eve.request('GET', '/api/conversations')
  const channel = channels.items.find(({ subject }: any) => subject === `space:${space.id}`)
  await sendMessage(dora, channel.id, { text: 'To all' })
  const mention = await sendMessage(dora, channel.id, { text: `To @[${eve.id}]` })
  expect(await waitForNotification(eve, hasType('message.mentioned', 'Room'), 'the mention')).toMatchObject({
    message: 'To @Eve',
    subject: `space:${space.id}`,
  })
  await sendMessage(eve, channel.id, { text: 'Here', threadId: mention.id })
  expect(await waitForNotification(dora, hasType('message.replied', 'Room'), 'the reply')).toMatchObject({ message: 'Here' })
  expect((await readInbox(eve)).filter(({ data }) => data.conversationId === channel.id)).toHaveLength(1)
})

// on the embedded database one transaction waits for the other
test.skipIf(!usesPostgres)('a message that is read while its notifications are written is not unread in the reader’s inbox', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const recipients = [await registerPersonWithReadInbox(node.url, 'Eve'), await registerPersonWithReadInbox(node.url, 'Finn')]
  const { body: direct } = await dora.request('POST', '/api/conversations/direct', { userIds: recipients.map(({ id }) => id) })
  // inboxes are locked in the order of their keys: the job waits for the first inbox while the owner of the last one reads
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  const { rows } = await client.query('select id::text from unnest($1::text[]) id order by hashtext(id)', [recipients.map(({ id }) => id)])
  const [firstReader, lastReader] = rows.map(({ id }) => recipients.find((person) => person.id === id)) as [Person, Person]
  await client.query('begin')
  await client.query('select pg_advisory_xact_lock(7220017, hashtext($1))', [firstReader.id])
  const waitingLocksQuery = `select from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and l.locktype = 'advisory' and l.classid = 7220017 and not l.granted`
  const { body: message } = await dora.request('POST', `/api/conversations/${direct.id}/messages`, { text: 'Hello both' })
  await waitUntil(async () => (await client.query(waitingLocksQuery)).rowCount === 1, 'the notification job to wait')
  await lastReader.request('PUT', `/api/conversations/${direct.id}/seen`, { seq: message.seq })
  // as another node does while the notifying node still waits
  const conversationReadEvent = await waitUntil(async () => {
    const { rows } = await sql<any>`select position::int, name as event, subject, audience, actor, data, at from event
      where name = 'conversation.read' and data ->> 'conversationId' = ${direct.id}`.execute(node.database.sql)
    return rows[0]
  }, 'the event of the read message')
  await node.domain.run(system, notifyOfEvent, { ...conversationReadEvent, at: new Date(conversationReadEvent.at).toISOString() })
  await client.query('commit')
  await client.end()
  expect((await waitForNotification(firstReader, hasType('message.direct'), 'the message')).readAt).toBeNull()
  expect((await readInbox(lastReader)).filter(hasType('message.direct'))).toEqual([])
})
