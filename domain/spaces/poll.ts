/** Polls: a question, and one vote a person. Votes are written by the server alone, so each is whose it says. */
import { z } from 'zod'
import { line, section } from '../documents/section.ts'

const options = z
  .array(z.strictObject({ id: z.string().min(1).max(40), text: line() }))
  .min(2)
  .max(20)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two options have one id')

export const polls = section('polls', { question: line(500), options, closed: z.boolean().default(false) }, { most: 100 })

/** Under `<poll>:<person>`, so that a second vote of one person takes the place of the first. */
export const votes = section('votes', { pollId: z.string(), userId: z.uuid(), optionId: z.string() }, { most: 20_000, byServer: true })
