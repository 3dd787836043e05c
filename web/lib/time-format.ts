const relativeTimeFormat = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['week', 604_800],
]

/** Formats how long ago a time was; after a month, its date. */
export function formatRelativeTime(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1000
  if (!Number.isFinite(seconds)) return ''
  if (seconds > -60) return 'just now'
  if (seconds < -30 * 86_400) return new Date(iso).toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' })
  const [unit, unitSeconds] = units.findLast(([, length]) => -seconds >= length) ?? ['minute', 60]
  return relativeTimeFormat.format(Math.trunc(seconds / unitSeconds), unit)
}

/** Formats a full date and time, for titles and screen readers. */
export function formatDateTime(iso: string): string {
  return new Date(iso).toLocaleString('en', { dateStyle: 'long', timeStyle: 'short' })
}

/** Formats a day as a heading: "Today", "Yesterday" or the date. */
export function formatDay(iso: string, now = new Date()): string {
  const day = new Date(iso)
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  if (day.toDateString() === now.toDateString()) return 'Today'
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday'
  const year = day.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  return day.toLocaleDateString('en', { weekday: 'long', day: 'numeric', month: 'long', year })
}

/** Formats the time of day. */
export function formatTime(time: string | number): string {
  return new Date(time).toLocaleTimeString('en', { hour: 'numeric', minute: '2-digit' })
}
