/** SMART goals: what is to be reached, by how much, by when. */
import { z } from 'zod'
import { day, level, line, section, text } from '../documents/section.ts'

export const goalStates = ['DRAFT', 'ACTIVE', 'COMPLETED', 'CANCELLED'] as const

const amount = z.number().min(-1e15).max(1e15)

export const goals = section('goals', {
  title: line(),
  specific: text(2000),
  measurable: text(2000),
  achievable: text(2000),
  relevant: text(2000),
  dueOn: day.nullable().default(null),
  target: amount.default(100),
  current: amount.default(0),
  unit: z.string().trim().max(30).default('%'),
  priority: level.default(3),
  state: z.enum(goalStates).default('ACTIVE'),
})
