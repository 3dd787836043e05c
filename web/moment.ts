const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['week', 604_800],
]

/** How long ago something was, as people say it; older than a month, its date. */
export function ago(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000
  if (!Number.isFinite(seconds)) return ''
  if (seconds > -60) return 'just now'
  if (seconds < -30 * 86_400) return new Date(iso).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' })
  const [unit, length] = steps.findLast(([, length]) => -seconds >= length) ?? ['minute', 60]
  return relative.format(Math.trunc(seconds / length), unit)
}

/** A moment in full, for titles and screen readers. */
export function inFull(iso: string): string {
  return new Date(iso).toLocaleString('en', { dateStyle: 'long', timeStyle: 'short' })
}

/** A day, as a heading over what happened on it. */
export function dayOf(iso: string, now = new Date()): string {
  const day = new Date(iso)
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  if (day.toDateString() === now.toDateString()) return 'Today'
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday'
  const year = day.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  return day.toLocaleDateString('en', { weekday: 'long', day: 'numeric', month: 'long', year })
}

/** The time of day. */
export function clock(time: string | number): string {
  return new Date(time).toLocaleTimeString('en', { hour: 'numeric', minute: '2-digit' })
}
