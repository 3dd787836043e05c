/** The event stream of the page: one WebSocket to `/notifications`. Cached queries are invalidated when an event changes their subject. */
import { useEffect } from 'react'
import { queryClient } from './api-client.ts'
import { getAccessToken, getSession, onTokenRenewed, onSessionChange, renewAccessToken } from './session.ts'
import staleQueries from './stale-queries.json'

interface ServerMessage {
  type: 'welcome' | 'subscribed' | 'unsubscribed' | 'event' | 'typing' | 'presence' | 'problem' | 'pong'
  users?: PresentUser[]
  joined?: PresentUser
  left?: PresentUser
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

/** A person who is present. */
export interface PresentUser {
  userId: string
  name: string
}

/** An event as listeners receive it. */
export interface ServerEvent {
  event: string
  data: Record<string, unknown>
}

const eventListeners = new Set<(event: ServerEvent) => void>()

/** Listens to every event of this page: those of the user, and those of subscribed audiences. Returns a function that stops it. */
export function onServerEvent(listener: (event: ServerEvent) => void): () => void {
  eventListeners.add(listener)
  void connect()
  return () => {
    eventListeners.delete(listener)
    if (!hasSubscribers()) disconnect()
  }
}

/** By event name: the query keys to invalidate for the event's subject. */
const staleQueryKeys = Object.entries<string[][]>(staleQueries).map(([event, keys]) => ({
  event,
  toKeys: (subject: string) => keys.map((key) => key.map((part) => (part === '$subject' ? subject : part))),
}))

const invalidateKeys = (keys: unknown[][]) => {
  for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey })
}

/** The people present, by audience in which the user is present. */
const presences = new Map<string, { people: Map<string, PresentUser>; onChange: (people: PresentUser[]) => void }>()

function updatePresence({ audience = '', users, joined, left }: ServerMessage) {
  const presence = presences.get(audience)
  if (!presence) return
  if (users) presence.people = new Map(users.map((user) => [user.userId, user]))
  if (joined) presence.people.set(joined.userId, joined)
  if (left) presence.people.delete(left.userId)
  presence.onChange([...presence.people.values()])
}

/** The number of subscriptions on this page, by audience. */
const subscriptionCounts = new Map<string, number>()
let socket: WebSocket | null = null
let isConnecting = false
let lastPosition: number | undefined
/** The audiences of the `hello` message. What they missed is replayed. */
let helloAudiences = new Set<string>()
let failures = 0
let reconnectTimer: ReturnType<typeof setTimeout> | undefined

function sendFrame(frame: object) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
}

/** Invalidates all queries of a subject, because events before the subscription were missed. */
const invalidateAudience = (audience: string) => {
  for (const { toKeys } of staleQueryKeys) invalidateKeys(toKeys(audience))
}

function handleMessage(message: ServerMessage) {
  const { type, code, audience, event, subject, data = {}, position: at } = message

  if (type === 'welcome') {
    failures = 0
    if (lastPosition === undefined) for (const name of subscriptionCounts.keys()) invalidateAudience(name)
    lastPosition ??= at
    for (const name of subscriptionCounts.keys()) if (!helloAudiences.has(name)) sendFrame({ type: 'subscribe', audience: name })
    for (const name of presences.keys()) sendFrame({ type: 'presence', audience: name })
  } else if (type === 'subscribed' && audience) invalidateAudience(audience)
  else if (type === 'event') {
    lastPosition = at ?? lastPosition
    if (event && subject) invalidateKeys(staleQueryKeys.find((stale) => stale.event === event)?.toKeys(subject) ?? [])
    if (event) for (const listener of eventListeners) listener({ event, data })
  } else if (type === 'typing') {
    const { conversation, userId, name } = message
    for (const listener of eventListeners) listener({ event: 'typing', data: { conversation, userId, name } })
  } else if (type === 'presence') updatePresence(message)
  else if (type === 'problem' && code === 'cannot-replay') {
    // Away for longer than events are kept.
    lastPosition = at
    for (const name of subscriptionCounts.keys()) invalidateAudience(name)
    invalidateKeys([['inbox']])
  }
}

const hasSubscribers = () => subscriptionCounts.size > 0 || eventListeners.size > 0
/** Tells the other people of a conversation that the user is typing. Dropped while disconnected. */
export const sendTyping = (conversation: string): void => sendFrame({ type: 'typing', conversation })

/** Opens the socket if there are subscribers and none is open. */
async function connect() {
  if (socket || isConnecting || !hasSubscribers() || !getSession().user) return
  isConnecting = true
  clearTimeout(reconnectTimer)
  const token = await getAccessToken().catch(() => null)
  isConnecting = false
  if (!token) return scheduleReconnect()
  if (socket || !hasSubscribers()) return
  const newSocket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/notifications`)
  socket = newSocket
  newSocket.onopen = () => {
    helloAudiences = new Set([...subscriptionCounts.keys()].slice(0, 100))
    sendFrame({ type: 'hello', token, audiences: [...helloAudiences], ...(lastPosition !== undefined && { after: lastPosition }) })
  }
  newSocket.onmessage = ({ data }) => socket === newSocket && handleMessage(JSON.parse(String(data)) as ServerMessage)
  newSocket.onclose = ({ reason }) => {
    if (socket !== newSocket) return
    socket = null
    if (reason === 'unauthenticated') void renewAccessToken().then(connect, scheduleReconnect)
    else scheduleReconnect()
  }
}

/** Reconnects after a delay that doubles from 0.5 s to 30 s. */
function scheduleReconnect() {
  clearTimeout(reconnectTimer)
  if (hasSubscribers()) reconnectTimer = setTimeout(() => void connect(), Math.min(30_000, 500 * 2 ** failures++))
}

function disconnect() {
  clearTimeout(reconnectTimer)
  const oldSocket = socket
  socket = null
  oldSocket?.close()
}

// The socket outlives an access token.
onTokenRenewed(() => void getAccessToken().then((token) => sendFrame({ type: 'hello', token })))
let currentUserId = getSession().user?.id
onSessionChange(() => {
  const now = getSession().user?.id
  if (now === currentUserId) return
  currentUserId = now
  lastPosition = undefined
  disconnect()
  void connect()
})
window.addEventListener('online', () => void connect())

/** Subscribes to an audience: a document or another subject that the user may read. Returns a function that unsubscribes. */
export function subscribe(audience: string): () => void {
  const otherSubscribers = subscriptionCounts.get(audience) ?? 0
  subscriptionCounts.set(audience, otherSubscribers + 1)
  // Before the welcome message, the handler of that message subscribes.
  if (otherSubscribers === 0 && lastPosition !== undefined) sendFrame({ type: 'subscribe', audience })
  void connect()
  return () => {
    const remaining = (subscriptionCounts.get(audience) ?? 1) - 1
    if (remaining > 0) return void subscriptionCounts.set(audience, remaining)
    subscriptionCounts.delete(audience)
    sendFrame({ type: 'unsubscribe', audience })
    helloAudiences.delete(audience)
    if (!hasSubscribers()) disconnect()
  }
}

/**
 * Makes the user present in an audience, and subscribes to it. Returns a function that ends it.
 * @param onChange called with the people present, the user included, whenever somebody joins or leaves
 */
export function joinPresence(audience: string, onChange: (people: PresentUser[]) => void): () => void {
  const unsubscribe = subscribe(audience)
  presences.set(audience, { people: new Map(), onChange })
  if (lastPosition !== undefined) sendFrame({ type: 'presence', audience })
  return () => {
    presences.delete(audience)
    sendFrame({ type: 'presence', audience, here: false })
    unsubscribe()
  }
}

/** Subscribes to a document while the component is mounted. */
export function useSubscription(documentName: string): void {
  useEffect(() => subscribe(documentName), [documentName])
}
