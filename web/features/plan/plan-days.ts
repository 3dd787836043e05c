/** The days of a plan: day 1 is the day on which it starts. */

const dayMs = 24 * 3600_000

const toStartTime = (startsOn: string | null) => Date.parse(`${startsOn ?? ''}T00:00:00Z`)

/** Formats the date of a day of the plan; empty if the plan has no start. */
export function formatPlanDay(startsOn: string | null, day: number): string {
  const start = toStartTime(startsOn)
  if (Number.isNaN(start)) return ''
  return new Date(start + (day - 1) * dayMs).toLocaleDateString(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })
}

/** Today where the user is, as an ISO date. */
export function getTodayDate(): string {
  const now = new Date()
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

/** Today as a day of the plan; null if the plan has no start. */
export function getTodayAsPlanDay(startsOn: string | null): number | null {
  const start = toStartTime(startsOn)
  return Number.isNaN(start) ? null : Math.floor((toStartTime(getTodayDate()) - start) / dayMs) + 1
}
