/** SMART goals: what to reach, by how much, by when. */
import { z } from 'zod'
import { day, rating, shortText, section, longText } from '../documents/sections/section.ts'

export const goalStates = ['DRAFT', 'ACTIVE', 'COMPLETED', 'CANCELLED'] as const

const amount = z.number().min(-1e15).max(1e15)

export const goals = section('goals', {
  title: shortText(),
  specific: longText(2000),
  measurable: longText(2000),
  achievable: longText(2000),
  relevant: longText(2000),
  dueOn: day.nullable().default(null),
  target: amount.default(100),
  current: amount.default(0),
  unit: shortText(30, 0).default('%'),
  priority: rating.default(3),
  state: z.enum(goalStates).default('ACTIVE'),
})
