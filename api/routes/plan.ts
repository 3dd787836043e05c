import { z } from 'zod'
import { figures, readings } from '../../domain/ventures/figure.ts'
import { goals } from '../../domain/ventures/goal.ts'
import { milestones } from '../../domain/ventures/milestone.ts'
import { phases } from '../../domain/ventures/phase.ts'
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
} from '../../domain/ventures/plan.ts'
import { responsibilities } from '../../domain/ventures/responsibility.ts'
import { risks } from '../../domain/ventures/risk.ts'
import { jsonResponse, get, post, put } from '../http/endpoint.ts'
import { entryBody, entryEndpoints } from './entries.ts'

export const PhaseBody = entryBody(phases, 'Phase')
export const MilestoneBody = entryBody(milestones, 'Milestone')
export const ResponsibilityBody = entryBody(responsibilities, 'Responsibility')
export const GoalBody = entryBody(goals, 'Goal')
export const RiskBody = entryBody(risks, 'Risk')
export const FigureBody = entryBody(figures, 'Figure')
export const ReadingBody = entryBody(readings, 'Reading')

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

const serializeTimeline = ({ startsOn, days, launchesOn, phases, milestones }: Timeline) => ({
  startsOn,
  days,
  launchesOn,
  phases,
  milestones,
})
const timeline = jsonResponse(TimelineBody, serializeTimeline)
const plan = jsonResponse(PlanBody, (one: Plan) => ({
  ...serializeTimeline(one),
  raci: one.raci,
  goals: one.goals,
  risks: one.risks,
  figures: one.figures,
}))
const riskList = jsonResponse(z.object({ items: z.array(ScoredRisk), nextCursor: z.null() }), (items: Risk[]) => ({
  items,
  nextCursor: null,
}))
const milestone = jsonResponse(MilestoneBody, (one: Plan['milestones'][number]) => one)
const risk = jsonResponse(RiskBody, (one: Omit<Risk, 'score' | 'high'>) => one)

const root = '/ventures/:id/plan'

export const plans = [
  get(root, 'Returns the plan of a venture: timeline, responsibilities, goals, risks and figures.', getPlan, plan),
  ...entryEndpoints(`${root}/phases`, 'a phase', 'the plan', phaseOperations, PhaseBody),
  ...entryEndpoints(`${root}/milestones`, 'a milestone', 'the plan', milestoneOperations, MilestoneBody),
  ...entryEndpoints(`${root}/raci`, 'a responsibility', 'the plan', responsibilityOperations, ResponsibilityBody),
  ...entryEndpoints(`${root}/goals`, 'a goal', 'the plan', goalOperations, GoalBody),
  ...entryEndpoints(`${root}/risks`, 'a risk', 'the plan', riskOperations, RiskBody),
  ...entryEndpoints(`${root}/figures`, 'a figure', 'the plan', figureOperations, FigureBody),
  ...entryEndpoints(`${root}/readings`, 'a reading of a figure', 'the plan', readingOperations, ReadingBody),
  get('/ventures/:id/timeline', 'Returns the timeline of a venture with its phases and milestones.', getTimeline, timeline),
  post(
    '/ventures/:id/timeline',
    'Starts the timeline of a venture, or moves its start. Adds the standard phases and milestones where there are none.',
    beginTimeline,
    timeline,
  ),
  // paths of the first API description
  post(
    '/ventures/:id/timeline/milestones',
    'Another spelling of `POST /ventures/{id}/plan/milestones`.',
    milestoneOperations.add,
    milestone,
    { alias: true },
  ),
  put(
    '/ventures/:id/timeline/milestones/:entryId',
    'Another spelling of `PATCH /ventures/{id}/plan/milestones/{entryId}`.',
    milestoneOperations.change,
    milestone,
    { alias: true },
  ),
  get('/ventures/:id/risks', 'Lists the risks of a venture with their scores.', listRisks, riskList),
  post('/ventures/:id/risks', 'Another spelling of `POST /ventures/{id}/plan/risks`.', riskOperations.add, risk, {
    alias: true,
  }),
]
