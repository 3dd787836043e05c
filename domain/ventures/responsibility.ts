/** Who does what: rows of a RACI table. */
import { z } from 'zod'
import { day, level, line, section } from '../documents/section.ts'

export const responsibilityStates = ['PENDING', 'IN_PROGRESS', 'COMPLETED', 'BLOCKED'] as const

/** People by name or by what they do: who is not a member yet may stand there too. */
const who = z.string().trim().max(200).default('')

export const responsibilities = section('raci', {
  activity: line(),
  responsible: who,
  accountable: who,
  consulted: who,
  informed: who,
  priority: level.default(3),
  dueOn: day.nullable().default(null),
  state: z.enum(responsibilityStates).default('PENDING'),
})
