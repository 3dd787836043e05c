/**
 * What happens on the server, as it happens: one socket to `/notifications` for the page. What was read of a thing is asked for anew when
 * an event tells that it changed, so nobody has to reload.
 */
import { useEffect } from 'react'
import { queries } from './client.ts'
import { accessToken, currentSession, onRenewal, onSession, renew } from './session.ts'

interface Told {
  type: 'welcome' | 'subscribed' | 'unsubscribed' | 'event' | 'typing' | 'presence' | 'problem' | 'pong'
  users?: Present[]
  joined?: Present
  left?: Present
  conversation?: string
  userId?: string
  name?: string
  code?: string
  position?: number
  audience?: string
  event?: string
  subject?: string
  data?: Record<string, unknown>
}

/** Somebody who is there. */
export interface Present {
  userId: string
  name: string
}

/** What happened, as a part of the page hears it. */
export interface Happened {
  event: string
  data: Record<string, unknown>
}

const hearers = new Set<(happened: Happened) => void>()

/** Hears every event that reaches this page, until it is let go: what is told to oneself, and of the audiences that are followed. */
export function hearNews(hearer: (happened: Happened) => void): () => void {
  hearers.add(hearer)
  void open()
  return () => {
    hearers.delete(hearer)
    if (!wanted()) hangUp()
  }
}

/** By the name of an event: what to ask for anew of the subject that it happened to. */
const stale: Record<string, (subject: string) => unknown[][]> = {
  'documents.comment-changed': (name) => [['comments', name]],
  'documents.suggestion-changed': (name) => [['suggestions', name]],
  'documents.suggestions-decided': (name) => [['suggestions', name]],
  'documents.version-named': (name) => [['history', name, 'versions']],
  'documents.version-dropped': (name) => [['history', name, 'versions']],
  'messaging.message-sent': () => [['conversations']],
  'messaging.message-changed': () => [['conversations']],
  'messaging.conversation-changed': () => [['conversations']],
  'messaging.seen-moved': () => [['conversations']],
  'document.frozen': (name) => [['document', name]],
  'access.changed': (name) => [['document', name], ['members', name], ['conversations']],
}

const forget = (keys: unknown[][]) => {
  for (const queryKey of keys) void queries.invalidateQueries({ queryKey })
}

/** Who is there, by audience in which one is there oneself. */
const attended = new Map<string, { people: Map<string, Present>; hear: (people: Present[]) => void }>()

function hearPresence({ audience = '', users, joined, left }: Told) {
  const there = attended.get(audience)
  if (!there) return
  if (users) there.people = new Map(users.map((one) => [one.userId, one]))
  if (joined) there.people.set(joined.userId, joined)
  if (left) there.people.delete(left.userId)
  there.hear([...there.people.values()])
}

/** How many on this page hear an audience. */
const audiences = new Map<string, number>()
let socket: WebSocket | null = null
let opening = false
let position: number | undefined
/** Those that the greeting named: what they missed is replayed. */
let greeted = new Set<string>()
let failures = 0
let timer: ReturnType<typeof setTimeout> | undefined

function send(frame: object) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
}

/** Asks for everything once: what happened to it before it was heard is not told. */
const forgetAll = (audience: string) => {
  for (const staleOf of Object.values(stale)) forget(staleOf(audience))
}

function hear(told: Told) {
  const { type, code, audience, event, subject, data = {}, position: at } = told

  if (type === 'welcome') {
    failures = 0
    if (position === undefined) for (const name of audiences.keys()) forgetAll(name)
    position ??= at
    for (const name of audiences.keys()) if (!greeted.has(name)) send({ type: 'subscribe', audience: name })
    for (const name of attended.keys()) send({ type: 'presence', audience: name })
  } else if (type === 'subscribed' && audience) forgetAll(audience)
  else if (type === 'event') {
    position = at ?? position
    if (event && subject) forget(stale[event]?.(subject) ?? [])
    if (event) for (const hearer of hearers) hearer({ event, data })
  } else if (type === 'typing') {
    const { conversation, userId, name } = told
    for (const hearer of hearers) hearer({ event: 'typing', data: { conversation, userId, name } })
  } else if (type === 'presence') hearPresence(told)
  else if (type === 'problem' && code === 'cannot-replay') {
    // away for so long that what was missed is no longer kept
    position = at
    for (const name of audiences.keys()) forgetAll(name)
    forget([['inbox']])
  }
}

const wanted = () => audiences.size > 0 || hearers.size > 0
/** Tells the others of a conversation that one types in it; lost where there is no connection, as it should be. */
export const tellTyping = (conversation: string): void => send({ type: 'typing', conversation })

/** Opens the socket where somebody wants to hear and none is open. */
async function open() {
  if (socket || opening || !wanted() || !currentSession().user) return
  opening = true
  clearTimeout(timer)
  const token = await accessToken().catch(() => null)
  opening = false
  if (!token) return later()
  if (socket || !wanted()) return
  const opened = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/notifications`)
  socket = opened
  opened.onopen = () => {
    greeted = new Set([...audiences.keys()].slice(0, 100))
    send({ type: 'hello', token, audiences: [...greeted], ...(position !== undefined && { after: position }) })
  }
  opened.onmessage = ({ data }) => socket === opened && hear(JSON.parse(String(data)) as Told)
  opened.onclose = ({ reason }) => {
    if (socket !== opened) return
    socket = null
    if (reason === 'unauthenticated') void renew().then(open, later)
    else later()
  }
}

/** Tries again, each time after a longer while: half a second to half a minute. */
function later() {
  clearTimeout(timer)
  if (wanted()) timer = setTimeout(() => void open(), Math.min(30_000, 500 * 2 ** failures++))
}

function hangUp() {
  clearTimeout(timer)
  const closing = socket
  socket = null
  closing?.close()
}

// The socket lives longer than a token.
onRenewal(() => void accessToken().then((token) => send({ type: 'hello', token })))
let userId = currentSession().user?.id
onSession(() => {
  const now = currentSession().user?.id
  if (now === userId) return
  userId = now
  position = undefined
  hangUp()
  void open()
})
window.addEventListener('online', () => void open())

/** Hears what happens to a document (or another subject that one may read) until it is let go. */
export function follow(audience: string): () => void {
  const others = audiences.get(audience) ?? 0
  audiences.set(audience, others + 1)
  // before the greeting is answered, the answer sees to it
  if (others === 0 && position !== undefined) send({ type: 'subscribe', audience })
  void open()
  return () => {
    const left = (audiences.get(audience) ?? 1) - 1
    if (left > 0) return void audiences.set(audience, left)
    audiences.delete(audience)
    send({ type: 'unsubscribe', audience })
    greeted.delete(audience)
    if (!wanted()) hangUp()
  }
}

/**
 * Is there, where others can see it, until it is let go; one place at a time. Whoever may read the audience may be there.
 * @param hear told who is there, oneself among them, whenever somebody comes or goes
 */
export function attend(audience: string, hear: (people: Present[]) => void): () => void {
  const end = follow(audience)
  attended.set(audience, { people: new Map(), hear })
  if (position !== undefined) send({ type: 'presence', audience })
  return () => {
    attended.delete(audience)
    send({ type: 'presence', audience, here: false })
    end()
  }
}

/** Hears what happens to a document while the component is shown. */
export function useNews(documentName: string): void {
  useEffect(() => follow(documentName), [documentName])
}
