/** Receives notifications while the workspace is open: updates the counts and the inbox, and shows toasts. */
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { queryClient } from '../../lib/api-client.ts'
import { countsKey } from './unread-counts.ts'
import { onServerEvent } from '../../lib/event-stream.ts'
import { type AnnouncedNotification, hideNotificationToasts, isTypingNearToasts, showNotificationToast } from './notification-toasts.ts'
import { useSession } from '../../lib/session.ts'

/** Older notifications get no toast, for example those replayed after a reconnect. */
const maxAgeMs = 60_000

/** Listens for the signed-in user. Renders nothing. */
export function NotificationListener() {
  const { user } = useSession()
  return user ? <SignedInListener key={user.id} /> : null
}

function SignedInListener() {
  const [path, navigate] = useLocation()
  const currentPath = useRef(path)
  currentPath.current = path
  const queuedNotifications = useRef<AnnouncedNotification[]>([])
  // After a navigation the toasts are out of date.
  useEffect(() => {
    if (path) hideNotificationToasts()
  }, [path])

  useEffect(
    () =>
      onServerEvent(({ event, data }) => {
        if (event === 'unread-count.changed') queryClient.setQueryData(countsKey, data)
        if (event === 'unread-count.changed' || event === 'notification.created')
          void queryClient.invalidateQueries({ queryKey: ['inbox', 'list'] })
        if (event !== 'notification.created') return
        const { notification } = data as unknown as { notification: AnnouncedNotification }
        const visiblePaths = [notification.data.link?.split('?')[0], '/inbox']
        const isVisibleHere = document.visibilityState === 'visible' && visiblePaths.includes(currentPath.current)
        if (isVisibleHere || Date.now() - Date.parse(notification.createdAt) > maxAgeMs) return
        queuedNotifications.current.push(notification)
      }),
    [],
  )

  useEffect(() => {
    const timer = setInterval(() => {
      if (queuedNotifications.current.length > 0 && !isTypingNearToasts())
        for (const notification of queuedNotifications.current.splice(0)) showNotificationToast(notification, navigate)
    }, 300)
    // Hide toasts when the user starts to type below them.
    const onInput = () => isTypingNearToasts() && hideNotificationToasts()
    document.addEventListener('input', onInput)
    return () => {
      clearInterval(timer)
      document.removeEventListener('input', onInput)
    }
  }, [navigate])
  return null
}
