/** Phases of a venture's plan: stretches of its days. */
import { z } from 'zod'
import { line, section, text } from '../documents/section.ts'

export const phaseStates = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'BLOCKED'] as const

/** Days are counted from 1, the day on which the plan begins. One that ends before it starts lasts a day. */
export const phases = section(
  'phases',
  {
    name: line(100),
    startDay: z.number().int().min(1).max(3650),
    endDay: z.number().int().min(1).max(3650),
    state: z.enum(phaseStates).default('PENDING'),
    deliverables: text(2000),
  },
  { most: 50 },
)

/** The thirty days that a plan begins with, and what is to be reached in them (facts 1.4). */
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
