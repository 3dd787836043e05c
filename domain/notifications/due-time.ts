/** When a notification is sent: at once, when quiet hours end, or with the next digest, in the person's time zone. */
import { DateTime } from 'luxon'
import type { NotificationChannel } from '../kernel/manifest/notification.ts'
import type { DigestSchedule, Preferences } from './preferences.ts'

/**
 * When a notification is sent by a channel.
 * @param at when it was created
 * @returns `at` itself where nothing delays it
 */
export function dueTime(preferences: Preferences, channel: NotificationChannel, at: Date, { critical = false } = {}): Date {
  if (critical || channel === 'in_app') return at
  const digest = nextDigest(preferences.digests[channel], preferences.timeZone, at)
  return quietEnd(preferences, digest)
}

/** The next time of a digest, after `at`; for `immediately` that is `at`. */
export function nextDigest({ every, at: time, on }: DigestSchedule, timeZone: string, at: Date): Date {
  if (every === 'immediately') return at
  const now = DateTime.fromJSDate(at, { zone: timeZone })
  // by local minutes, so that time zones with half hours have full hours, too
  if (every === 'hourly') return new Date(at.getTime() + (60 - now.minute) * 60_000 - now.second * 1000 - now.millisecond)
  for (let days = 0; ; days++) {
    const candidate = timeOnDay(now, days, time)
    if (candidate > at && (every === 'daily' || weekday(now, days) === on)) return candidate
  }
}

/**
 * The end of the quiet hours that contain a time; the time itself outside of them. It is the first time at which the local clock is
 * outside: if the clock is set forward past their end, when it is set; if it is set back into them, they continue.
 */
export function quietEnd({ quietHours, timeZone }: Pick<Preferences, 'quietHours' | 'timeZone'>, at: Date): Date {
  const { enabled, from, to } = quietHours
  const wallClock = (moment: number) => DateTime.fromMillis(moment, { zone: timeZone })
  const isQuiet = (moment: number) => isWithin(wallClock(moment).toFormat('HH:mm'), from, to)
  if (!enabled || from === to || !isQuiet(at.getTime())) return at
  for (let start = at.getTime(); ; ) {
    const end = start + untilTimeOfDay(wallClock(start), to)
    const change = offsetChange(start, end, (moment) => wallClock(moment).offset)
    if (change === undefined) return new Date(end)
    if (!isQuiet(change)) return new Date(change)
    start = change
  }
}

/** Milliseconds until a clock that is not changed next shows a time of day. */
function untilTimeOfDay({ hour, minute, second, millisecond }: DateTime, time: string): number {
  const [toHour, toMinute] = time.split(':').map(Number) as [number, number]
  const minutes = (toHour * 60 + toMinute - hour * 60 - minute + 24 * 60) % (24 * 60) || 24 * 60
  return minutes * 60_000 - second * 1000 - millisecond
}

/** When the clock is changed between two times; undefined where it is not. Within a day that happens at most once. */
function offsetChange(start: number, end: number, offsetAt: (moment: number) => number): number | undefined {
  const before = offsetAt(start)
  if (offsetAt(end) === before) return undefined
  let [same, other] = [start, end]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (offsetAt(middle) === before) same = middle
    else other = middle
  }
  return other
}

/** Times of day as text sort in order; a range over midnight is what the rest of the day is not. */
const isWithin = (time: string, from: string, to: string) => (from < to ? time >= from && time < to : time >= from || time < to)

/**
 * A time of day some days later. A time that the clock skips when daylight saving begins is an hour later; of a time that it shows twice,
 * the first counts.
 */
function timeOnDay(now: DateTime, days: number, time: string): Date {
  const [hour, minute] = time.split(':').map(Number) as [number, number]
  const { year, month, day } = now.plus({ days })
  const found = DateTime.fromObject({ year, month, day, hour, minute }, { zone: now.zone })
  return (found.getPossibleOffsets()[0] ?? found).toJSDate()
}

const weekday = (now: DateTime, days: number): number => now.plus({ days }).weekday
