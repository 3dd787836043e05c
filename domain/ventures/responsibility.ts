/** Responsibilities: rows of a RACI table. */
import { z } from 'zod'
import { day, rating, shortText, section } from '../documents/sections/section.ts'

export const responsibilityStates = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'BLOCKED'] as const

/** People by name or function: someone who is not a member yet can be listed, too. */
const peopleText = shortText(200, 0).default('')

export const responsibilities = section('raci', {
  activity: shortText(),
  responsible: peopleText,
  accountable: peopleText,
  consulted: peopleText,
  informed: peopleText,
  priority: rating.default(3),
  dueOn: day.nullable().default(null),
  state: z.enum(responsibilityStates).default('PENDING'),
})
