/** Receives notifications while the workspace is open: updates the counts and the inbox, and shows toasts. */
import { notifications } from '@mantine/notifications'
import { useCallback, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { queryClient } from '../../lib/api-client.ts'
import { countsKey } from './unread-counts.ts'
import { onServerEvent } from '../../lib/event-stream.ts'
import { useSession } from '../../lib/session.ts'

interface AnnouncedNotification {
  /** Notifications of one group share a toast. */
  group: string
  title: string
  message: string | null
  data: { link?: string }
  createdAt: string
}

/** Older notifications get no toast, for example those replayed after a reconnect. */
const maxAgeMs = 60_000
/** How far down toasts reach, in pixels. */
const toastAreaPx = 150

/** Whether the user is typing where a toast would appear. Toasts wait then. */
function isTypingNearToasts(): boolean {
  const field = document.activeElement
  if (!(field instanceof HTMLElement)) return false
  const isTextField = field.isContentEditable || field.matches('input, textarea')
  if (!isTextField) return false
  const selection = field.isContentEditable ? getSelection() : null
  const caret = selection?.rangeCount ? selection.getRangeAt(0).getBoundingClientRect() : null
  // The caret of an empty line has no rectangle.
  const { top, right } = caret && caret.height > 0 ? caret : field.getBoundingClientRect()
  const left = innerWidth < 768 ? 0 : innerWidth - 290
  return top < toastAreaPx && right > left
}

/** Listens for the signed-in user. Renders nothing. */
export function NotificationListener() {
  const { user } = useSession()
  return user ? <SignedInListener key={user.id} /> : null
}

/** Ids of the toasts shown here; other features show their own. */
const shownIds = new Set<string>()
function hideToasts() {
  for (const id of shownIds) notifications.hide(id)
  shownIds.clear()
}

function SignedInListener() {
  const [path, navigate] = useLocation()
  const currentPath = useRef(path)
  currentPath.current = path
  const queuedNotifications = useRef<AnnouncedNotification[]>([])
  // After a navigation the toasts are out of date.
  useEffect(() => {
    if (path) hideToasts()
  }, [path])

  const showNotification = useCallback(
    ({ group: id, title, message, data: { link } }: AnnouncedNotification) => {
      notifications.hide(id)
      shownIds.add(id)
      notifications.show({
        id,
        title: message ? title : undefined,
        message: message ?? title,
        color: 'pine',
        withBorder: true,
        radius: 'md',
        autoClose: 6000,
        style: link ? { cursor: 'pointer' } : {},
        onClick: () => {
          notifications.hide(id)
          if (link?.startsWith('/')) navigate(link)
        },
      })
    },
    [navigate],
  )

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
        for (const notification of queuedNotifications.current.splice(0)) showNotification(notification)
    }, 300)
    // Hide toasts when the user starts to type below them.
    const onInput = () => isTypingNearToasts() && hideToasts()
    document.addEventListener('input', onInput)
    return () => {
      clearInterval(timer)
      document.removeEventListener('input', onInput)
    }
  }, [showNotification])
  return null
}
