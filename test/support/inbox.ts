/** People's notifications, as a test asks for them. */
import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import type { Node } from '../../main.ts'
import { createDraft, type Person } from './client.ts'
import { waitUntil } from './wait-until.ts'

/** What is in a person's inbox, newest first. @param query as `status=unread&grouped=true` */
export async function readInbox(person: Person, query = ''): Promise<any[]> {
  const { status, body } = await person.request('GET', `/api/notifications?limit=100&${query}`)
  if (status !== 200) throw new Error(`the inbox of ${person.name} was refused: ${JSON.stringify(body)}`)
  return body.items
}

/** Waits until something is in a person's inbox, and answers it. */
export const waitForNotification = (person: Person, which: (told: any) => boolean, what: string): Promise<any> =>
  waitUntil(async () => (await readInbox(person)).find(which), `${person.name} to be told of ${what}`)

/** Whether a notification is of a type, and its title holds some words. */
export const hasType =
  (type: string, words = '') =>
  (notification: any): boolean =>
    notification.type === type && notification.title.includes(words)

export const readUnreadCounts = async (person: Person): Promise<any> =>
  (await person.request('GET', '/api/notifications/unread-count')).body

/** Sends a person a notification of an administrator's, and answers it. */
export async function sendNotification(administrator: Person, recipient: Person, more: object = {}): Promise<any> {
  const { status, body } = await administrator.request('POST', '/api/notifications/send', {
    recipientId: recipient.id,
    type: 'general',
    title: 'Told',
    message: 'Something',
    ...more,
  })
  if (status !== 201) throw new Error(`${recipient.name} could not be sent a notification: ${JSON.stringify(body)}`)
  return body
}

/** Waits until the notifications of all events up to now are there: that of a later event is. @param recipient of that one */
export async function waitUntilAllNotified(node: Node, sender: Person, recipient: Person): Promise<void> {
  // jobs run in the order in which their events were numbered
  await node.relay.drain()
  const title = randomUUID()
  const name = await createDraft(sender, title)
  await sender.request('PUT', `/api/documents/${name}/members/${recipient.id}`, { role: 'viewer' })
  await waitForNotification(recipient, hasType('team.invitation', title), 'the last event')
}

/** What a person hears on `/notifications`, from now on. */
export async function collectEvents(url: string, person: Person): Promise<{ events: any[]; close: () => void }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/notifications`)
  const events: any[] = []
  let welcome = false
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token: person.token })))
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString())
    if (frame.type === 'welcome') welcome = true
    if (frame.type === 'event') events.push(frame)
  })
  await waitUntil(() => welcome, 'the socket to be greeted')
  return { events, close: () => socket.terminate() }
}
