/** Milestones of a venture's plan. */
import { z } from 'zod'
import { day, rating, shortText, section, longText } from '../documents/sections/section.ts'

export const milestoneStates = ['PENDING', 'ACHIEVED', 'DELAYED', 'MISSED'] as const

export const milestones = section('milestones', {
  title: shortText(),
  description: longText(),
  /** Counted from 1, the first day of the plan. */
  day: z.number().int().min(1).max(3650),
  phaseId: z.string().max(100).nullable().default(null),
  state: z.enum(milestoneStates).default('PENDING'),
  priority: rating.default(3),
  achievedOn: day.nullable().default(null),
})
