import { z } from 'zod'
import { figures, readings } from '../domain/ventures/figure.ts'
import { goals } from '../domain/ventures/goal.ts'
import { milestones } from '../domain/ventures/milestone.ts'
import { phases } from '../domain/ventures/phase.ts'
import {
  beginTimeline,
  figureOperations,
  getPlan,
  getTimeline,
  goalOperations,
  listRisks,
  milestoneOperations,
  phaseOperations,
  type Plan,
  readingOperations,
  responsibilityOperations,
  type Risk,
  riskOperations,
  type Timeline,
} from '../domain/ventures/plan.ts'
import { responsibilities } from '../domain/ventures/responsibility.ts'
import { risks } from '../domain/ventures/risk.ts'
import { answer, get, post, put } from './endpoint.ts'
import { bodyOf, entriesAt } from './entries.ts'

export const PhaseBody = bodyOf(phases, 'Phase')
export const MilestoneBody = bodyOf(milestones, 'Milestone')
export const ResponsibilityBody = bodyOf(responsibilities, 'Responsibility')
export const GoalBody = bodyOf(goals, 'Goal')
export const RiskBody = bodyOf(risks, 'Risk')
export const FigureBody = bodyOf(figures, 'Figure')
export const ReadingBody = bodyOf(readings, 'Reading')

const ScoredRisk = RiskBody.extend({ score: z.number().int().describe('impact by probability'), high: z.boolean() }).meta({
  id: 'ScoredRisk',
})
const TimelineBody = z
  .object({
    startsOn: z.iso.date().nullable(),
    days: z.number().int(),
    launchesOn: z.iso.date().nullable(),
    phases: z.array(PhaseBody),
    milestones: z.array(MilestoneBody),
  })
  .meta({ id: 'Timeline' })
export const PlanBody = z
  .object({
    ...TimelineBody.shape,
    raci: z.array(ResponsibilityBody),
    goals: z.array(GoalBody),
    risks: z.array(ScoredRisk),
    figures: z.array(FigureBody.extend({ readings: z.array(ReadingBody) })),
  })
  .meta({ id: 'Plan' })

const laidOut = ({ startsOn, days, launchesOn, phases, milestones }: Timeline) => ({ startsOn, days, launchesOn, phases, milestones })
const timeline = answer(TimelineBody, laidOut)
const plan = answer(PlanBody, (one: Plan) => ({
  ...laidOut(one),
  raci: one.raci,
  goals: one.goals,
  risks: one.risks,
  figures: one.figures,
}))
const riskList = answer(z.object({ items: z.array(ScoredRisk), nextCursor: z.null() }), (items: Risk[]) => ({ items, nextCursor: null }))
const milestone = answer(MilestoneBody, (one: Plan['milestones'][number]) => one)
const risk = answer(RiskBody, (one: Omit<Risk, 'score' | 'high'>) => one)

const root = '/ventures/:id/plan'

export const plans = [
  get(root, getPlan, plan),
  ...entriesAt(`${root}/phases`, phaseOperations, PhaseBody),
  ...entriesAt(`${root}/milestones`, milestoneOperations, MilestoneBody),
  ...entriesAt(`${root}/raci`, responsibilityOperations, ResponsibilityBody),
  ...entriesAt(`${root}/goals`, goalOperations, GoalBody),
  ...entriesAt(`${root}/risks`, riskOperations, RiskBody),
  ...entriesAt(`${root}/figures`, figureOperations, FigureBody),
  ...entriesAt(`${root}/readings`, readingOperations, ReadingBody),
  get('/ventures/:id/timeline', getTimeline, timeline),
  post('/ventures/:id/timeline', beginTimeline, timeline),
  // the first description's spellings of the same
  post('/ventures/:id/timeline/milestones', milestoneOperations.add as never, milestone as never, { alias: true }),
  put('/ventures/:id/timeline/milestones/:entryId', milestoneOperations.change as never, milestone as never, { alias: true }),
  get('/ventures/:id/risks', listRisks, riskList),
  post('/ventures/:id/risks', riskOperations.add as never, risk as never, { alias: true }),
]
