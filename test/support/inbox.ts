/** Notifications of people, over REST and WebSocket. */
import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import type { Node } from '../../main.ts'
import { createDraft, type Person } from './client.ts'
import { waitUntil } from './wait-until.ts'

/** Reads a person's inbox, newest first. @param query for example `status=unread&grouped=true` */
export async function readInbox(person: Person, query = ''): Promise<any[]> {
  const { status, body } = await person.request('GET', `/api/notifications?limit=100&${query}`)
  if (status !== 200) throw new Error(`the inbox of ${person.name} was refused: ${JSON.stringify(body)}`)
  return body.items
}

/** Waits for a notification in a person's inbox, and returns it. */
export const waitForNotification = (person: Person, matches: (notification: any) => boolean, description: string): Promise<any> =>
  waitUntil(async () => (await readInbox(person)).find(matches), `${person.name} to be notified of ${description}`)

/** A predicate: the notification has a type, and its title contains a text. */
export const hasType =
  (type: string, text = '') =>
  (notification: any): boolean =>
    notification.type === type && notification.title.includes(text)

export const readUnreadCounts = async (person: Person): Promise<any> =>
  (await person.request('GET', '/api/notifications/unread-count')).body

/** Sends a notification as an administrator, and returns it. */
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

/**
 * Waits until the notifications of all earlier events have arrived, by waiting for the notification of a new event.
 * @param recipient of the new event
 */
export async function waitUntilAllNotified(node: Node, sender: Person, recipient: Person): Promise<void> {
  // jobs run in the order of the positions of their events
  await node.sequencer.drain()
  const title = randomUUID()
  const name = await createDraft(sender, title)
  await sender.request('PUT', `/api/documents/${name}/members/${recipient.id}`, { role: 'viewer' })
  await waitForNotification(recipient, hasType('team.invitation', title), 'the last event')
}

/** Collects the events that a person receives on `/notifications` from now on. */
export async function collectEvents(url: string, person: Person): Promise<{ events: any[]; close: () => void }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/notifications`)
  const events: any[] = []
  let isReady = false
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token: person.token })))
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString())
    if (frame.type === 'welcome') isReady = true
    if (frame.type === 'event') events.push(frame)
  })
  await waitUntil(() => isReady, 'the welcome')
  return { events, close: () => socket.terminate() }
}
