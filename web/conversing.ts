/** Conversations and messages, as the server has them; what happens in them comes by the news. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { ask, queries, withQuery } from './client.ts'
import type { Conversation, Member, Message, Page } from './contract.ts'
import { follow, hearNews } from './news.ts'
import { useSession } from './session.ts'

/** A page of messages, and at most this many conversations are read. */
const pageSize = 40
const mostConversations = 300
/** A subscriber hears at most a hundred audiences. */
const mostFollowed = 90

async function readConversations(signal: AbortSignal): Promise<Conversation[]> {
  const items: Conversation[] = []
  let cursor: string | null = null
  do {
    const page: Page<Conversation> = await ask('GET', withQuery('/api/conversations', { limit: 100, cursor }), { signal })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor && items.length < mostConversations)
  return items
}

/** One's conversations, those last written in first, live. */
export function useConversations() {
  const { user } = useSession()
  const list = useQuery({ queryKey: ['conversations'], queryFn: ({ signal }) => readConversations(signal), enabled: user !== null })
  const subjects = [...new Set((list.data ?? []).flatMap(({ subject }) => subject ?? []))].slice(0, mostFollowed).sort().join(' ')
  useEffect(() => {
    if (!user) return
    const ends = [`user:${user.id}`, ...subjects.split(' ').filter(Boolean)].map(follow)
    return () => {
      for (const end of ends) end()
    }
  }, [user, subjects])
  return list
}

/** How many have something new. */
export const unreadOf = (conversations: readonly Conversation[]): number => conversations.filter(({ unread }) => unread > 0).length

/** What a conversation is called: a channel by its name, a direct one by the others in it. */
export function nameOf({ kind, name, people }: Conversation, userId: string): string {
  if (kind === 'channel') return name ?? ''
  return (
    people
      .filter(({ id }) => id !== userId)
      .map((person) => person.name)
      .join(', ') || 'You'
  )
}

/** Who can be mentioned in it. */
export function usePeople(conversation: Conversation | undefined): Member[] {
  const subject = conversation?.subject ?? null
  const [kind, id] = (subject ?? '').split(':')
  const asked = useQuery({
    queryKey: ['members', subject],
    queryFn: ({ signal }) => ask<Page<Member>>('GET', `/api/${kind}s/${id}/members?limit=100`, { signal }),
    enabled: subject !== null,
  })
  const members = asked.data?.items
  return useMemo(() => {
    const people = conversation?.people.map((person) => ({
      userId: person.id,
      name: person.name,
      role: 'editor' as const,
      inherited: false,
    }))
    return members ?? (subject === null ? people : undefined) ?? []
  }, [members, subject, conversation?.people])
}

/** Messages that follow each other without a gap, oldest first; `before` reads on to older ones, null when there are none. */
export interface Log {
  items: Message[]
  before: string | null
}

export const pathOf = (conversationId: string) => `/api/conversations/${conversationId}`
const keyOf = (conversationId: string, threadId: string | null) => ['messages', conversationId, threadId]

const bySeq = (items: Message[]) =>
  [...new Map(items.map((message) => [message.id, message])).values()].toSorted((one, other) => one.seq - other.seq)

function readPage(conversationId: string, threadId: string | null, cursor: string | null, signal?: AbortSignal): Promise<Page<Message>> {
  const path = withQuery(`${pathOf(conversationId)}/messages`, { limit: pageSize, threadId, cursor })
  return ask('GET', path, signal ? { signal } : {})
}

/** The newest messages; those that were read before stay, where nothing lies between. */
async function readNewest(conversationId: string, threadId: string | null, signal: AbortSignal): Promise<Log> {
  const page = await readPage(conversationId, threadId, null, signal)
  const known = queries.getQueryData<Log>(keyOf(conversationId, threadId))
  const oldest = page.items.at(-1)?.seq ?? 0
  const joined = known && page.nextCursor !== null && known.items.some(({ seq }) => seq >= oldest)
  if (!joined) return { items: bySeq(page.items), before: page.nextCursor }
  return { items: bySeq([...known.items, ...page.items]), before: known.before }
}

/** Reads older messages, and puts them before what is there. */
export async function readOlder(conversationId: string, threadId: string | null): Promise<void> {
  const key = keyOf(conversationId, threadId)
  const before = queries.getQueryData<Log>(key)?.before
  if (!before) return
  const page = await readPage(conversationId, threadId, before)
  queries.setQueryData<Log>(key, (now) => now && { items: bySeq([...page.items, ...now.items]), before: page.nextCursor })
}

/** Puts a message where it belongs in what was read: its conversation, or its thread. */
export function place(message: Message): void {
  queries.setQueryData<Log>(keyOf(message.conversationId, message.threadId), (now) => {
    // what is older than all that was read is read when one goes there
    if (!now || (now.before !== null && message.seq < (now.items[0]?.seq ?? 0))) return now
    return { ...now, items: bySeq([...now.items, message]) }
  })
}

/** Asks for one message anew, and for the message that it replies to, which counts its replies. */
async function refresh(conversationId: string, messageId: string, threadId: string | null): Promise<void> {
  const ids = threadId ? [messageId, threadId] : [messageId]
  const path = `${pathOf(conversationId)}/messages`
  await Promise.all(ids.map(async (id) => place(await ask<Message>('GET', `${path}/${id}`))))
}

/** The messages of a conversation, or of a thread in it, live. */
export function useMessages(conversationId: string, threadId: string | null) {
  useEffect(
    () =>
      hearNews(({ event, data }) => {
        if (data['conversationId'] !== conversationId) return
        if (event !== 'messaging.message-sent' && event !== 'messaging.message-changed') return
        const inThread = (data['threadId'] as string | null) ?? null
        if (threadId !== null && inThread !== threadId && data['messageId'] !== threadId) return
        void refresh(conversationId, data['messageId'] as string, inThread).catch(() => {
          void queries.invalidateQueries({ queryKey: ['messages', conversationId] })
        })
      }),
    [conversationId, threadId],
  )
  return useQuery({
    queryKey: keyOf(conversationId, threadId),
    queryFn: ({ signal }) => readNewest(conversationId, threadId, signal),
    staleTime: 0,
  })
}

/** Notes that one has read up to a message. */
export async function noteSeen({ id, seen }: Conversation, seq: number): Promise<void> {
  if (seq <= seen) return
  const now = await ask<Conversation>('PUT', `${pathOf(id)}/seen`, { body: { seq } })
  queries.setQueryData<Conversation[]>(['conversations'], (list) => list?.map((one) => (one.id === id ? now : one)))
}
