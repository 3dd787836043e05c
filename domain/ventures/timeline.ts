/** The timeline of a venture's plan: its start and length, the one entry `timeline` of its section. */
import { z } from 'zod'
import { day, section } from '../documents/sections/section.ts'

export const timeline = section(
  'timeline',
  { startsOn: day.nullable().default(null), days: z.number().int().min(1).max(3650).default(30), launchesOn: day.nullable().default(null) },
  { most: 1 },
)
