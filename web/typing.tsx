import { useEffect, useState } from 'react'
import { hearNews, tellTyping } from './news.ts'

/** While one types, it is told this often; who was not heard of for longer has stopped. Milliseconds. */
const toldEvery = 3000
const endsAfter = 6000

let toldAt = { conversationId: '', at: 0 }

/** Tells that one types in a conversation, now and then. */
export function type(conversationId: string): void {
  const now = Date.now()
  if (toldAt.conversationId === conversationId && now - toldAt.at < toldEvery) return
  toldAt = { conversationId, at: now }
  tellTyping(conversationId)
}

interface Typist {
  name: string
  until: number
}

function inWords(names: string[]): string {
  if (names.length > 3) return 'Several people are typing…'
  const last = names.at(-1)
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last} are typing…` : `${last} is typing…`
}

/** Who else types in a conversation. The line keeps its place, so that nothing moves. */
export function TypingLine({ conversationId }: { conversationId: string }) {
  const [typists, setTypists] = useState<Record<string, Typist>>({})
  useEffect(
    () =>
      hearNews(({ event, data }) => {
        if (event === 'typing' && data['conversation'] === conversationId) {
          const one = { name: String(data['name']), until: Date.now() + endsAfter }
          setTypists((now) => ({ ...now, [String(data['userId'])]: one }))
        }
        if (event === 'messaging.message-sent' && data['conversationId'] === conversationId)
          setTypists(({ [String(data['userId'])]: _said, ...others }) => others)
      }),
    [conversationId],
  )
  const next = Math.min(...Object.values(typists).map(({ until }) => until))
  useEffect(() => {
    if (!Number.isFinite(next)) return
    const rest = () => setTypists((now) => Object.fromEntries(Object.entries(now).filter(([, { until }]) => until > Date.now())))
    const timer = setTimeout(rest, Math.max(0, next - Date.now()) + 20)
    return () => clearTimeout(timer)
  }, [next])
  const names = Object.values(typists).map(({ name }) => name)
  return (
    <p className="typing-line" role="status">
      {names.length > 0 && inWords(names)}
    </p>
  )
}
