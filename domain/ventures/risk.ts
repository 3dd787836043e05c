/** Risks: how bad, how likely, and what is done about it. */
import { z } from 'zod'
import { level, line, section, someone, text } from '../documents/section.ts'

export const riskKinds = ['OPERATIONAL', 'FINANCIAL', 'LEGAL', 'IP', 'REPUTATIONAL', 'OTHER'] as const
export const riskStates = ['ACTIVE', 'MITIGATED', 'ACCEPTED', 'TRANSFERRED'] as const

export const risks = section('risks', {
  title: line(),
  description: text(),
  kind: z.enum(riskKinds).default('OPERATIONAL'),
  impact: level,
  probability: level,
  mitigation: text(),
  ownerId: someone,
  state: z.enum(riskStates).default('ACTIVE'),
})

/** From 15 on a risk is high (facts 1.4). */
const high = 15

/** A risk's score: impact by probability, 1 to 25. */
export function scoreOf({ impact, probability }: { impact: number; probability: number }): { score: number; high: boolean } {
  const score = impact * probability
  return { score, high: score >= high }
}
