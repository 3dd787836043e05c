import { useEffect, useState } from 'react'
import { onServerEvent, sendTyping } from '../../lib/event-stream.ts'

/** How often typing is reported, and after how long without a report a user counts as not typing. */
const sendIntervalMs = 3000
const typingTimeoutMs = 6000

let lastSent = { conversationId: '', at: 0 }

/** Reports that the user is typing, at most once in an interval. */
export function reportTyping(conversationId: string): void {
  const now = Date.now()
  if (lastSent.conversationId === conversationId && now - lastSent.at < sendIntervalMs) return
  lastSent = { conversationId, at: now }
  sendTyping(conversationId)
}

interface TypingUser {
  name: string
  until: number
}

function formatTyping(names: string[]): string {
  if (names.length > 3) return 'Several people are typing…'
  const last = names.at(-1)
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last} are typing…` : `${last} is typing…`
}

/** Shows who else is typing. It keeps its height, so that the layout does not move. */
export function TypingIndicator({ conversationId }: { conversationId: string }) {
  const [typingUsers, setTypingUsers] = useState<Record<string, TypingUser>>({})
  useEffect(
    () =>
      onServerEvent(({ event, data }) => {
        if (event === 'typing' && data['conversation'] === conversationId) {
          const typingUser = { name: String(data['name']), until: Date.now() + typingTimeoutMs }
          setTypingUsers((now) => ({ ...now, [String(data['userId'])]: typingUser }))
        }
        if (event === 'message.sent' && data['conversationId'] === conversationId)
          setTypingUsers(({ [String(data['userId'])]: _said, ...others }) => others)
      }),
    [conversationId],
  )
  const nextExpiry = Math.min(...Object.values(typingUsers).map(({ until }) => until))
  useEffect(() => {
    if (!Number.isFinite(nextExpiry)) return
    const removeExpired = () =>
      setTypingUsers((now) => Object.fromEntries(Object.entries(now).filter(([, { until }]) => until > Date.now())))
    const timer = setTimeout(removeExpired, Math.max(0, nextExpiry - Date.now()) + 20)
    return () => clearTimeout(timer)
  }, [nextExpiry])
  const names = Object.values(typingUsers).map(({ name }) => name)
  return (
    <p className="typing-indicator" role="status">
      {names.length > 0 && formatTyping(names)}
    </p>
  )
}
