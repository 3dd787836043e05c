import { useEffect, useState } from 'react'
import type { Conversation } from '../../../lib/api-types.ts'
import { markSeen } from '../conversation-queries.ts'

/** Whether the page is visible. */
function useIsPageVisible(): boolean {
  const [isVisible, setIsVisible] = useState(document.visibilityState === 'visible')
  useEffect(() => {
    const update = () => setIsVisible(document.visibilityState === 'visible')
    document.addEventListener('visibilitychange', update)
    return () => document.removeEventListener('visibilitychange', update)
  }, [])
  return isVisible
}

/**
 * Marks a conversation as read up to a message, while its newest messages are shown and the page is visible.
 * @param head the sequence number of the newest message
 */
export function useMarkSeen(conversation: Conversation, head: number, isShown: boolean): void {
  const isVisible = useIsPageVisible()
  useEffect(() => {
    if (isShown && isVisible) void markSeen(conversation, head).catch(() => {})
  }, [isShown, isVisible, head, conversation])
}
