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
const toDate = (text: string, zone: string) => DateTime.fromISO(text, { zone }).toJSDate()
const toLocalTime = (date: Date, zone: string) => DateTime.fromJSDate(date, { zone }).toFormat('yyyy-MM-dd HH:mm')
const quietHoursOf = (timeZone: string, from = '22:00', to = '08:00') => ({ timeZone, quietHours: { enabled: true, from, to } })

test.each([
  ['before they start', '2026-03-10T21:59', '2026-03-10 21:59'],
  ['when they start', '2026-03-10T22:00', '2026-03-11 08:00'],
  ['before midnight', '2026-03-10T23:59', '2026-03-11 08:00'],
  ['after midnight', '2026-03-11T00:01', '2026-03-11 08:00'],
  ['a minute before they end', '2026-03-11T07:59', '2026-03-11 08:00'],
  ['when they end', '2026-03-11T08:00', '2026-03-11 08:00'],
])('quiet hours over midnight, %s', (_, createdAt, due) => {
  for (const zone of ['Europe/Vienna', 'Asia/Kathmandu', 'America/St_Johns'])
    expect(toLocalTime(quietEnd(quietHoursOf(zone), toDate(createdAt, zone)), zone)).toBe(due)
})

test('quiet hours use the time zone of the person', () => {
  const createdAt = new Date('2026-07-01T21:00:00Z')
  expect(quietEnd(quietHoursOf('Europe/Vienna'), createdAt).toISOString()).toBe('2026-07-02T06:00:00.000Z')
  expect(quietEnd(quietHoursOf('America/New_York'), createdAt)).toEqual(createdAt)
  expect(quietEnd({ ...quietHoursOf('Europe/Vienna'), quietHours: { enabled: false, from: '22:00', to: '08:00' } }, createdAt)).toEqual(
    createdAt,
  )
})

test('a night with a daylight saving change has its real length', () => {
  const zone = 'Europe/Vienna'
  const length = (night: string) =>
    (quietEnd(quietHoursOf(zone), toDate(`${night}T22:00`, zone)).getTime() - toDate(`${night}T22:00`, zone).getTime()) / 3_600_000
  expect([length('2026-03-28'), length('2026-03-29'), length('2026-10-24')]).toEqual([9, 10, 11])
  // in spring 02:30 is skipped and becomes 03:30; in autumn it occurs twice, and the first counts
  const digest = { every: 'daily', at: '02:30', on: 1 } as const
  expect(nextDigest(digest, zone, toDate('2026-03-29T01:00', zone)).toISOString()).toBe('2026-03-29T01:30:00.000Z')
  expect(nextDigest(digest, zone, toDate('2026-10-25T01:00', zone)).toISOString()).toBe('2026-10-25T00:30:00.000Z')
  expect(nextDigest(digest, zone, new Date('2026-10-25T00:30:00Z')).toISOString()).toBe('2026-10-26T01:30:00.000Z')
})

test('quiet hours last a day longer if the clock skips their end and their next start', () => {
  const zone = 'Africa/Cairo'
  const createdAt = new Date('2029-04-26T19:09:53.073Z')
  const end = quietEnd(quietHoursOf(zone, '00:30', '00:15'), createdAt)
  expect(toLocalTime(end, zone)).toBe('2029-04-28 00:15')
  expect(quietEnd(quietHoursOf(zone, '00:30', '00:15'), end)).toEqual(end)
})

test('critical notifications and the inbox are never delayed', () => {
  const preferences = applyDefaults({ ...quietHoursOf('UTC', '00:00', '23:59'), digests: { email: { every: 'weekly' } } })
  const createdAt = new Date('2026-05-05T12:00:00Z')
  expect(dueTime(preferences, 'email', createdAt, { critical: true })).toEqual(createdAt)
  expect(dueTime(preferences, 'in_app', createdAt)).toEqual(createdAt)
  expect(dueTime(preferences, 'email', createdAt) > createdAt).toBe(true)
})

test('in every time zone a digest is due at its time and day, and no delivery is due in quiet hours', () => {
  const random = createRandom(readSeed('due times'))
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const time = () => `${String(Math.floor(random() * 24)).padStart(2, '0')}:${pick(['00', '15', '30', '59'])}`
  for (let round = 0; round < 4000; round++) {
    const timeZone = pick(zones)
    // six years with daylight saving changes
    const createdAt = new Date(Date.UTC(2024, 0, 1) + Math.floor(random() * 6 * 365 * 86_400_000))
    const digest = { every: pick(digestFrequencies), at: time(), on: 1 + Math.floor(random() * 7) }
    const context = JSON.stringify({ timeZone, createdAt, digest })
    const next = nextDigest(digest, timeZone, createdAt)
    const local = DateTime.fromJSDate(next, { zone: timeZone })
    if (digest.every === 'immediately') expect(next).toEqual(createdAt)
    else expect(next > createdAt, context).toBe(true)
    if (digest.every === 'hourly')
      expect([local.minute % 30, next.getTime() - createdAt.getTime() <= 3_600_000], context).toEqual([0, true])
    if (digest.every === 'daily' || digest.every === 'weekly') {
      const skipped = local.toFormat('HH:mm') !== digest.at
      // only a skipped time is moved, by at most an hour
      if (skipped)
        expect(DateTime.fromISO(`${local.toISODate()}T${digest.at}`, { zone: timeZone }).toFormat('HH:mm'), context).not.toBe(digest.at)
      const days = digest.every === 'daily' ? 1 : 7
      expect(next.getTime() - createdAt.getTime(), context).toBeLessThanOrEqual((days * 24 + 2) * 3_600_000)
      if (digest.every === 'weekly') expect(local.weekday, context).toBe(digest.on)
    }
    const preferences = { ...applyDefaults({}), ...quietHoursOf(timeZone, time(), time()) }
    const { from, to } = preferences.quietHours
    const end = quietEnd(preferences, createdAt)
    expect(quietEnd(preferences, end), context + JSON.stringify(preferences.quietHours)).toEqual(end)
    expect(end >= createdAt && end.getTime() - createdAt.getTime() <= 50 * 3_600_000, context).toBe(true)
    const localTime = DateTime.fromJSDate(createdAt, { zone: timeZone }).toFormat('HH:mm')
    const isQuiet = from < to ? localTime >= from && localTime < to : from > to && (localTime >= from || localTime < to)
    expect(end > createdAt, context + JSON.stringify(preferences.quietHours)).toBe(isQuiet)
  }
})

test.each(['Europe/Vienna', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])('%s is a time zone', (name) => {
  expect(TimeZone.safeParse(name).success).toBe(true)
})
test.each(['', 'Vienna', '+01:00', 'UTC+1', 'Europe/Nowhere', 'local', 'system', 'x'.repeat(99)])('%s is not a time zone', (name) => {
  expect(TimeZone.safeParse(name).success).toBe(false)
})

describe('quiet hours on nights with a daylight saving change', () => {
  const readQuietEnd = (timeZone: string, from: string, to: string, at: string) =>
    quietEnd({ timeZone, quietHours: { enabled: true, from, to } }, new Date(at)).toISOString()

  test.each([
    ['Europe/Tallinn', '22:00', '03:30', '2026-10-25T01:20:00Z', '2026-10-25T01:30:00.000Z', 'the second 03:20'],
    ['Europe/Tallinn', '22:00', '03:30', '2026-10-25T00:20:00Z', '2026-10-25T00:30:00.000Z', 'the first 03:20'],
    ['America/New_York', '22:00', '01:30', '2026-11-01T06:20:00Z', '2026-11-01T06:30:00.000Z', 'the second 01:20'],
    ['Europe/Berlin', '22:00', '02:30', '2026-10-25T01:10:00Z', '2026-10-25T01:30:00.000Z', 'the second 02:10'],
    ['Europe/Tallinn', '22:00', '03:30', '2026-03-28T22:00:00Z', '2026-03-29T01:00:00.000Z', '03:00 becomes 04:00'],
    ['Africa/Cairo', '22:00', '00:30', '2026-04-23T21:00:00Z', '2026-04-23T22:00:00.000Z', 'midnight becomes 01:00'],
    ['Australia/Lord_Howe', '22:00', '02:15', '2026-10-03T14:00:00Z', '2026-10-03T15:30:00.000Z', '02:00 becomes 02:30'],
  ])('%s, quiet from %s to %s, at %s: until %s (%s)', (timeZone, from, to, at, end) => {
    expect(readQuietEnd(timeZone, from, to, at)).toBe(end)
  })

  test('end at the first minute outside of them, in any time zone and year', () => {
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
    /** A random time; in half of the cases on a day with a daylight saving change. */
    const randomTime = (timeZone: string) => {
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
      const localTime = (at: number) => clocks.get(timeZone)?.format(at) as string
      const isQuiet = (at: number) =>
        from < to ? localTime(at) >= from && localTime(at) < to : from > to && (localTime(at) >= from || localTime(at) < to)
      const at = randomTime(timeZone)
      let expected = at
      for (; isQuiet(expected); ) expected = Math.floor(expected / 60_000) * 60_000 + 60_000
      expect(
        readQuietEnd(timeZone, from, to, new Date(at).toISOString()),
        `${timeZone} ${from} to ${to} at ${new Date(at).toISOString()}`,
      ).toBe(new Date(expected).toISOString())
    }
  })
})
