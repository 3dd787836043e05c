/** When something goes out: at once, when quiet hours end, or with the next digest; by the clock on the wall of who gets it. */
import { DateTime } from 'luxon'
import type { Medium } from './kind.ts'
import type { DigestRhythm, Preferences } from './preference.ts'

/**
 * When a notification goes out by a way.
 * @param at when it is told
 * @returns `at` itself where nothing holds it back
 */
export function dueTime(preferences: Preferences, medium: Medium, at: Date, { critical = false } = {}): Date {
  if (critical || medium === 'in_app') return at
  const digest = nextDigest(preferences.digests[medium], preferences.timeZone, at)
  return quietEnd(preferences, digest)
}

/** The next moment of a digest, after `at`; for `immediately` that is `at`. */
export function nextDigest({ every, at: time, on }: DigestRhythm, timeZone: string, at: Date): Date {
  if (every === 'immediately') return at
  const now = DateTime.fromJSDate(at, { zone: timeZone })
  // by the minutes on the wall, so that zones of half an hour have full hours, too
  if (every === 'hourly') return new Date(at.getTime() + (60 - now.minute) * 60_000 - now.second * 1000 - now.millisecond)
  for (let days = 0; ; days++) {
    const candidate = onDay(now, days, time)
    if (candidate > at && (every === 'daily' || weekday(now, days) === on)) return candidate
  }
}

/**
 * When the quiet hours end in which a moment lies; the moment itself where it lies in none. Where the clock skips the minutes between their end
 * and their next beginning, that is a day later.
 */
export function quietEnd({ quietHours, timeZone }: Pick<Preferences, 'quietHours' | 'timeZone'>, at: Date): Date {
  const { enabled, from, to } = quietHours
  const now = DateTime.fromJSDate(at, { zone: timeZone })
  const isQuiet = (moment: Date) => within(DateTime.fromJSDate(moment, { zone: timeZone }).toFormat('HH:mm'), from, to)
  if (!enabled || from === to || !isQuiet(at)) return at
  for (let days = 0; ; days++) {
    const candidate = onDay(now, days, to)
    if (candidate > at && !isQuiet(candidate)) return candidate
  }
}

/** Times of day as text sort as they follow each other; a stretch over midnight is what the rest of the day is not. */
const within = (time: string, from: string, to: string) => (from < to ? time >= from && time < to : time >= from || time < to)

/** A time of day so many days later. What the clock skips when daylight saving begins comes an hour later; of what it shows twice, the first. */
function onDay(now: DateTime, days: number, time: string): Date {
  const [hour, minute] = time.split(':').map(Number) as [number, number]
  const { year, month, day } = now.plus({ days })
  const found = DateTime.fromObject({ year, month, day, hour, minute }, { zone: now.zone })
  return (found.getPossibleOffsets()[0] ?? found).toJSDate()
}

const weekday = (now: DateTime, days: number): number => now.plus({ days }).weekday
