/** Phases of a venture's plan: ranges of days. */
import { z } from 'zod'
import { shortText, section, longText } from '../documents/sections/section.ts'

export const phaseStates = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'BLOCKED'] as const

/** Days are counted from 1, the first day of the plan. A phase that ends before it starts lasts a day. */
export const phases = section(
  'phases',
  {
    name: shortText(100),
    startDay: z.number().int().min(1).max(3650),
    endDay: z.number().int().min(1).max(3650),
    state: z.enum(phaseStates).default('PENDING'),
    deliverables: longText(2000),
  },
  { most: 50 },
)

/** The phases and milestones of thirty days with which a new timeline starts. */
export const thirtyDays = {
  phases: {
    foundation: { name: 'Foundation', startDay: 1, endDay: 7 },
    'sprint-1': { name: 'Sprint 1', startDay: 8, endDay: 15 },
    'sprint-2': { name: 'Sprint 2', startDay: 16, endDay: 23 },
    launch: { name: 'Launch', startDay: 24, endDay: 30 },
  },
  milestones: {
    'team-formed': { title: 'Team formed', day: 3, phaseId: 'foundation' },
    mvp: { title: 'MVP', day: 15, phaseId: 'sprint-1' },
    'launch-ready': { title: 'Launch ready', day: 28, phaseId: 'launch' },
  },
} as const
