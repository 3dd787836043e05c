/** Figures that a venture watches, and their readings: each an entry of its own, so that two people who note one each lose none. */
import { z } from 'zod'
import { day, line, section } from '../documents/section.ts'

export const figures = section('figures', { name: line(100), unit: z.string().trim().max(30).default('') }, { most: 50 })

export const readings = section(
  'readings',
  { figureId: z.string().min(1).max(100), on: day, value: z.number().min(-1e15).max(1e15) },
  { most: 2000 },
)
