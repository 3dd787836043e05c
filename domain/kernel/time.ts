/** Times that both JavaScript and PostgreSQL can store. */
import { z } from 'zod'

/** ISO 8601 with an offset, in the years 0001 to 9999: both sides write these with four digits. */
export const Timestamp = z.iso.datetime({ offset: true }).refine((text) => {
  const year = new Date(text).getUTCFullYear()
  return year >= 1 && year <= 9999
}, 'must be a time in the years 0001 to 9999')

/** A day, as `2027-03-01`. The last one leaves room for the longest plan (3,650 days) before the year 10000. */
export const CalendarDay = z.iso
  .date()
  .refine((text) => text >= '0001-01-01' && text <= '9989-12-31', 'must be a day from 0001-01-01 to 9989-12-31')
