/** Polls: a question, and one vote for each person. Only the server writes votes, so each belongs to the person it names. */
import { z } from 'zod'
import { shortText, section } from '../documents/sections/section.ts'

const options = z
  .array(z.strictObject({ id: z.string().min(1).max(40), text: shortText() }))
  .min(2)
  .max(20)
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'option ids must be unique')

export const polls = section('polls', { question: shortText(500), options, closed: z.boolean().default(false) }, { most: 100 })

/** Under `<poll>:<person>`, so that a second vote of a person replaces the first. */
export const votes = section('votes', { pollId: z.string(), userId: z.uuid(), optionId: z.string() }, { most: 20_000, byServer: true })
