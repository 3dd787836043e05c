/** Risks: impact, probability and mitigation. */
import { z } from 'zod'
import { rating, shortText, section, userRef, longText } from '../documents/sections/section.ts'

export const riskKinds = ['OPERATIONAL', 'FINANCIAL', 'LEGAL', 'IP', 'REPUTATIONAL', 'OTHER'] as const
export const riskStates = ['ACTIVE', 'MITIGATED', 'ACCEPTED', 'TRANSFERRED'] as const

export const risks = section('risks', {
  title: shortText(),
  description: longText(),
  kind: z.enum(riskKinds).default('OPERATIONAL'),
  impact: rating,
  probability: rating,
  mitigation: longText(),
  ownerId: userRef,
  state: z.enum(riskStates).default('ACTIVE'),
})

/** The lowest score of a high risk. */
const minHighScore = 15

/** A risk's score: impact times probability, 1 to 25. */
export function computeScore({ impact, probability }: { impact: number; probability: number }): { score: number; high: boolean } {
  const score = impact * probability
  return { score, high: score >= minHighScore }
}
