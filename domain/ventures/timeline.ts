/** When a venture's plan begins, and how long it is: the one entry `timeline` of a section of its own. */
import { z } from 'zod'
import { day, section } from '../documents/section.ts'

export const timeline = section(
  'timeline',
  { startsOn: day.nullable().default(null), days: z.number().int().min(1).max(3650).default(30), launchesOn: day.nullable().default(null) },
  { most: 1 },
)
