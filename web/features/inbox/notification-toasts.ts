/** Toasts of new notifications. */
import { notifications } from '@mantine/notifications'

/** A notification as its event announces it. */
export interface AnnouncedNotification {
  /** Notifications of one group share a toast. */
  group: string
  title: string
  message: string | null
  data: { link?: string }
  createdAt: string
}

/** How far down toasts reach, in pixels. */
const toastAreaPx = 150

/** Whether the user is typing where a toast would appear. Toasts wait then. */
export function isTypingNearToasts(): boolean {
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

/** Ids of the toasts shown here; other features show their own. */
const shownIds = new Set<string>()

/** Hides the toasts of notifications. */
export function hideNotificationToasts(): void {
  for (const id of shownIds) notifications.hide(id)
  shownIds.clear()
}

/** Shows a toast, in place of the one of the same group. A click opens its link. */
export function showNotificationToast(
  { group: id, title, message, data: { link } }: AnnouncedNotification,
  navigate: (path: string) => void,
): void {
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
}
