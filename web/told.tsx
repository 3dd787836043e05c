/** What is told to oneself while one is here: the counts, the inbox, and a word in the corner. */
import { notifications } from '@mantine/notifications'
import { useCallback, useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { queries } from './client.ts'
import { countsKey } from './counts.ts'
import { hearNews } from './news.ts'
import { useSession } from './session.ts'

interface Announced {
  /** What is put together stands there once. */
  group: string
  title: string
  message: string | null
  data: { link?: string }
  createdAt: string
}

/** What was told longer ago than this is news to nobody who comes back: the bell says how much there is. Milliseconds. */
const fresh = 60_000
/** As far as words in the corner reach down, in pixels. */
const reach = 150

/** Whether somebody types at this moment where words in the corner would be: they have to wait. */
function inTheWay(): boolean {
  const field = document.activeElement
  if (!(field instanceof HTMLElement)) return false
  const typed = field.isContentEditable || field.matches('input, textarea')
  if (!typed) return false
  const selection = field.isContentEditable ? getSelection() : null
  const caret = selection?.rangeCount ? selection.getRangeAt(0).getBoundingClientRect() : null
  // an empty line has a caret without a place
  const { top, right } = caret && caret.height > 0 ? caret : field.getBoundingClientRect()
  const left = innerWidth < 768 ? 0 : innerWidth - 290
  return top < reach && right > left
}

/** Listens for the one who is signed in. Shows nothing by itself. */
export function Told() {
  const { user } = useSession()
  return user ? <Listening key={user.id} /> : null
}

/** What stands in the corner from here; what others say there is theirs. */
const shown = new Set<string>()
function hideAll() {
  for (const id of shown) notifications.hide(id)
  shown.clear()
}

function Listening() {
  const [path, go] = useLocation()
  const here = useRef(path)
  here.current = path
  const waiting = useRef<Announced[]>([])
  // whoever goes somewhere has read what stood there, or goes to read it
  useEffect(() => {
    if (path) hideAll()
  }, [path])

  const show = useCallback(
    ({ group: id, title, message, data: { link } }: Announced) => {
      notifications.hide(id)
      shown.add(id)
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
          if (link?.startsWith('/')) go(link)
        },
      })
    },
    [go],
  )

  useEffect(
    () =>
      hearNews(({ event, data }) => {
        if (event === 'notification.counts') queries.setQueryData(countsKey, data)
        if (event === 'notification.counts' || event === 'notification.created')
          void queries.invalidateQueries({ queryKey: ['inbox', 'list'] })
        if (event !== 'notification.created') return
        const { notification } = data as unknown as { notification: Announced }
        const places = [notification.data.link?.split('?')[0], '/inbox']
        const seenHere = document.visibilityState === 'visible' && places.includes(here.current)
        if (seenHere || Date.now() - Date.parse(notification.createdAt) > fresh) return
        waiting.current.push(notification)
      }),
    [],
  )

  useEffect(() => {
    const timer = setInterval(() => {
      if (waiting.current.length > 0 && !inTheWay()) for (const one of waiting.current.splice(0)) show(one)
    }, 300)
    // who begins to type where one stands has it taken away
    const typing = () => inTheWay() && hideAll()
    document.addEventListener('input', typing)
    return () => {
      clearInterval(timer)
      document.removeEventListener('input', typing)
    }
  }, [show])
  return null
}
