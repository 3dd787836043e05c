/** Figures that a venture tracks, and their readings: each reading is an entry, so that two people who add one each lose none. */
import { z } from 'zod'
import { day, shortText, section } from '../documents/sections/section.ts'

export const figures = section('figures', { name: shortText(100), unit: shortText(30, 0).default('') }, { most: 50 })

export const readings = section(
  'readings',
  { figureId: z.string().min(1).max(100), on: day, value: z.number().min(-1e15).max(1e15) },
  { most: 2000 },
)
