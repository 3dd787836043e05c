/** Milestones of a venture's plan. */
import { z } from 'zod'
import { day, level, line, section, text } from '../documents/section.ts'

export const milestoneStates = ['PENDING', 'ACHIEVED', 'DELAYED', 'MISSED'] as const

export const milestones = section('milestones', {
  title: line(),
  description: text(),
  /** Counted from 1, the day on which the plan begins. */
  day: z.number().int().min(1).max(3650),
  phaseId: z.string().max(100).nullable().default(null),
  state: z.enum(milestoneStates).default('PENDING'),
  priority: level.default(3),
  achievedOn: day.nullable().default(null),
})
