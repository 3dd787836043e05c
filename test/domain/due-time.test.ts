import { DateTime } from 'luxon'
import { describe, expect, test } from 'vitest'
import { dueTime, nextDigest, quietEnd } from '../../domain/notifications/due-time.ts'
import { applyDefaults, digestFrequencies, TimeZone } from '../../domain/notifications/preferences.ts'
import { createRandom, readSeed } from '../support/random.ts'
// registers the notification types
import '../../domain/slices.ts'

const zones = [
  'UTC',
  'Europe/Vienna',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'America/Santiago',
  'Africa/Cairo',
]
const at = (text: string, zone: string) => DateTime.fromISO(text, { zone }).toJSDate()
const wall = (date: Date, zone: string) => DateTime.fromJSDate(date, { zone }).toFormat('yyyy-MM-dd HH:mm')
const quiet = (timeZone: string, from = '22:00', to = '08:00') => ({ timeZone, quietHours: { enabled: true, from, to } })

test.each([
  ['before they begin', '2026-03-10T21:59', '2026-03-10 21:59'],
  ['when they begin', '2026-03-10T22:00', '2026-03-11 08:00'],
  ['before midnight', '2026-03-10T23:59', '2026-03-11 08:00'],
  ['after midnight', '2026-03-11T00:01', '2026-03-11 08:00'],
  ['a minute before they end', '2026-03-11T07:59', '2026-03-11 08:00'],
  ['when they end', '2026-03-11T08:00', '2026-03-11 08:00'],
])('quiet hours over midnight, %s', (_, told, due) => {
  for (const zone of ['Europe/Vienna', 'Asia/Kathmandu', 'America/St_Johns'])
    expect(wall(quietEnd(quiet(zone), at(told, zone)), zone)).toBe(due)
})

test('quiet hours are those of the person’s own zone', () => {
  const told = new Date('2026-07-01T21:00:00Z')
  expect(quietEnd(quiet('Europe/Vienna'), told).toISOString()).toBe('2026-07-02T06:00:00.000Z')
  expect(quietEnd(quiet('America/New_York'), told)).toEqual(told)
  expect(quietEnd({ ...quiet('Europe/Vienna'), quietHours: { enabled: false, from: '22:00', to: '08:00' } }, told)).toEqual(told)
})

test('a night in which the clock is changed is as long as it is', () => {
  const zone = 'Europe/Vienna'
  const length = (night: string) =>
    (quietEnd(quiet(zone), at(`${night}T22:00`, zone)).getTime() - at(`${night}T22:00`, zone).getTime()) / 3_600_000
  expect([length('2026-03-28'), length('2026-03-29'), length('2026-10-24')]).toEqual([9, 10, 11])
  // 02:30 is skipped, and comes at 03:30; it is shown twice, and the first counts
  const digest = { every: 'daily', at: '02:30', on: 1 } as const
  expect(nextDigest(digest, zone, at('2026-03-29T01:00', zone)).toISOString()).toBe('2026-03-29T01:30:00.000Z')
  expect(nextDigest(digest, zone, at('2026-10-25T01:00', zone)).toISOString()).toBe('2026-10-25T00:30:00.000Z')
  expect(nextDigest(digest, zone, new Date('2026-10-25T00:30:00Z')).toISOString()).toBe('2026-10-26T01:30:00.000Z')
})

test('quiet hours whose end and next beginning the clock skips last a day longer', () => {
  const zone = 'Africa/Cairo'
  const told = new Date('2029-04-26T19:09:53.073Z')
  const end = quietEnd(quiet(zone, '00:30', '00:15'), told)
  expect(wall(end, zone)).toBe('2029-04-28 00:15')
  expect(quietEnd(quiet(zone, '00:30', '00:15'), end)).toEqual(end)
})

test('what is critical waits for nothing, and nothing waits for the inbox', () => {
  const preferences = applyDefaults({ ...quiet('UTC', '00:00', '23:59'), digests: { email: { every: 'weekly' } } })
  const told = new Date('2026-05-05T12:00:00Z')
  expect(dueTime(preferences, 'email', told, { critical: true })).toEqual(told)
  expect(dueTime(preferences, 'in_app', told)).toEqual(told)
  expect(dueTime(preferences, 'email', told) > told).toBe(true)
})

test('in every zone a digest comes next at its hour and day, and nothing comes in quiet hours', () => {
  const random = createRandom(readSeed('due times'))
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const time = () => `${String(Math.floor(random() * 24)).padStart(2, '0')}:${pick(['00', '15', '30', '59'])}`
  for (let round = 0; round < 4000; round++) {
    const timeZone = pick(zones)
    // six years, each with its changes of the clock
    const told = new Date(Date.UTC(2024, 0, 1) + Math.floor(random() * 6 * 365 * 86_400_000))
    const digest = { every: pick(digestFrequencies), at: time(), on: 1 + Math.floor(random() * 7) }
    const what = JSON.stringify({ timeZone, told, digest })
    const next = nextDigest(digest, timeZone, told)
    const shown = DateTime.fromJSDate(next, { zone: timeZone })
    if (digest.every === 'immediately') expect(next).toEqual(told)
    else expect(next > told, what).toBe(true)
    if (digest.every === 'hourly') expect([shown.minute % 30, next.getTime() - told.getTime() <= 3_600_000], what).toEqual([0, true])
    if (digest.every === 'daily' || digest.every === 'weekly') {
      const skipped = shown.toFormat('HH:mm') !== digest.at
      // only what the clock skips comes at another time, up to an hour later
      if (skipped)
        expect(DateTime.fromISO(`${shown.toISODate()}T${digest.at}`, { zone: timeZone }).toFormat('HH:mm'), what).not.toBe(digest.at)
      const days = digest.every === 'daily' ? 1 : 7
      expect(next.getTime() - told.getTime(), what).toBeLessThanOrEqual((days * 24 + 2) * 3_600_000)
      if (digest.every === 'weekly') expect(shown.weekday, what).toBe(digest.on)
    }
    const preferences = { ...applyDefaults({}), ...quiet(timeZone, time(), time()) }
    const { from, to } = preferences.quietHours
    const end = quietEnd(preferences, told)
    expect(quietEnd(preferences, end), what + JSON.stringify(preferences.quietHours)).toEqual(end)
    expect(end >= told && end.getTime() - told.getTime() <= 50 * 3_600_000, what).toBe(true)
    const inside = DateTime.fromJSDate(told, { zone: timeZone }).toFormat('HH:mm')
    const silent = from < to ? inside >= from && inside < to : from > to && (inside >= from || inside < to)
    expect(end > told, what + JSON.stringify(preferences.quietHours)).toBe(silent)
  }
})

test.each(['Europe/Vienna', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('%s is a time zone', (name) => {
  expect(TimeZone.safeParse(name).success).toBe(true)
})
test.each(['', 'Vienna', '+01:00', 'UTC+1', 'Europe/Nowhere', 'local', 'system', 'x'.repeat(99)])('%s is none', (name) => {
  expect(TimeZone.safeParse(name).success).toBe(false)
})

describe('quiet hours on nights when the clock is set', () => {
  const quiet = (timeZone: string, from: string, to: string, at: string) =>
    quietEnd({ timeZone, quietHours: { enabled: true, from, to } }, new Date(at)).toISOString()

  test.each([
    ['Europe/Tallinn', '22:00', '03:30', '2026-10-25T01:20:00Z', '2026-10-25T01:30:00.000Z', 'the second 03:20'],
    ['Europe/Tallinn', '22:00', '03:30', '2026-10-25T00:20:00Z', '2026-10-25T00:30:00.000Z', 'the first 03:20'],
    ['America/New_York', '22:00', '01:30', '2026-11-01T06:20:00Z', '2026-11-01T06:30:00.000Z', 'the second 01:20'],
    ['Europe/Berlin', '22:00', '02:30', '2026-10-25T01:10:00Z', '2026-10-25T01:30:00.000Z', 'the second 02:10'],
    ['Europe/Tallinn', '22:00', '03:30', '2026-03-28T22:00:00Z', '2026-03-29T01:00:00.000Z', '03:00 is 04:00 at once'],
    ['Africa/Cairo', '22:00', '00:30', '2026-04-23T21:00:00Z', '2026-04-23T22:00:00.000Z', 'midnight is 01:00 at once'],
    ['Australia/Lord_Howe', '22:00', '02:15', '2026-10-03T14:00:00Z', '2026-10-03T15:30:00.000Z', '02:00 is 02:30 at once'],
  ])('%s, quiet from %s to %s, at %s: until %s (%s)', (timeZone, from, to, at, end) => {
    expect(quiet(timeZone, from, to, at)).toBe(end)
  })

  test('they end at the first minute that the clock shows outside of them, in any zone and year', () => {
    const random = createRandom(readSeed('quiet hours'))
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
    const zones = [
      'Europe/Tallinn',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'Africa/Casablanca',
      'America/Santiago',
      'Asia/Kathmandu',
      'America/St_Johns',
    ]
    const clocks = new Map(
      zones.map((timeZone) => [
        timeZone,
        new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
      ]),
    )
    const time = () => `${String(Math.floor(random() * 24)).padStart(2, '0')}:${pick(['00', '15', '30', '45', '59'])}`
    /** Days near one on which the clock is set, half of the time. */
    const moment = (timeZone: string) => {
      const day = Date.UTC(2024 + Math.floor(random() * 6), 0, 1 + Math.floor(random() * 365))
      const hourAt = (at: number) => clocks.get(timeZone)?.format(at).slice(0, 2)
      if (random() < 0.5)
        for (let n = 0; n < 200; n++)
          if (hourAt(day + n * 86_400_000) !== hourAt(day + (n + 1) * 86_400_000))
            return day + n * 86_400_000 + Math.floor(random() * 86_400_000)
      return day + Math.floor(random() * 86_400_000)
    }
    for (let n = 0; n < 300; n++) {
      const [timeZone, from, to] = [pick(zones), time(), time()]
      const shown = (at: number) => clocks.get(timeZone)?.format(at) as string
      const isQuiet = (at: number) => (from < to ? shown(at) >= from && shown(at) < to : from > to && (shown(at) >= from || shown(at) < to))
      const at = moment(timeZone)
      let expected = at
      for (; isQuiet(expected); ) expected = Math.floor(expected / 60_000) * 60_000 + 60_000
      expect(quiet(timeZone, from, to, new Date(at).toISOString()), `${timeZone} ${from} to ${to} at ${new Date(at).toISOString()}`).toBe(
        new Date(expected).toISOString(),
      )
    }
  })
})
