/** Somebody's inbox, as a test asks for it. */
import { WebSocket } from 'ws'
import type { Person } from './client.ts'
import { until } from './until.ts'

/** What is in a person's inbox, newest first. @param query as `status=unread&grouped=true` */
export async function inboxOf(person: Person, query = ''): Promise<any[]> {
  const { status, body } = await person.ask('GET', `/api/notifications?limit=100&${query}`)
  if (status !== 200) throw new Error(`the inbox of ${person.name} was refused: ${JSON.stringify(body)}`)
  return body.items
}

/** Waits until something is in a person's inbox, and answers it. */
export const toldTo = (person: Person, which: (told: any) => boolean, what: string): Promise<any> =>
  until(async () => (await inboxOf(person)).find(which), `${person.name} to be told of ${what}`)

/** What a person hears on `/notifications`, from now on. */
export async function hearing(url: string, person: Person): Promise<{ events: any[]; close: () => void }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/notifications`)
  const events: any[] = []
  let welcome = false
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token: person.token })))
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString())
    if (frame.type === 'welcome') welcome = true
    if (frame.type === 'event') events.push(frame)
  })
  await until(() => welcome, 'the socket to be greeted')
  return { events, close: () => socket.terminate() }
}
