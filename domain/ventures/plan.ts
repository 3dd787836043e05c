/** A venture's plan: phases, milestones, responsibilities, goals, risks and figures, beside the text of its document. */
import { z } from 'zod'
import { requireEditor, requireViewer } from '../access/permission.ts'
import { entryOperations } from '../documents/sections/entry-operations.ts'
import { readEntries, type Entry, writeEntry, type Section } from '../documents/sections/section.ts'
import { readCommittedDocument } from '../documents/journal/snapshot.ts'
import { DomainError } from '../kernel/errors.ts'
import { formatAuthor } from '../kernel/actor.ts'
import { command, query, type QueryContext } from '../kernel/operation.ts'
import { figures, readings } from './figure.ts'
import { goals } from './goal.ts'
import { milestones } from './milestone.ts'
import { phases, thirtyDays } from './phase.ts'
import { responsibilities } from './responsibility.ts'
import { risks, computeScore } from './risk.ts'
import { timeline } from './timeline.ts'

/** The sections of a plan. */
export const planSections = [timeline, phases, milestones, responsibilities, goals, risks, figures, readings] as readonly Section[]

type Of<T> = T extends Section<infer S> ? Entry<S> : never
export type Phase = Of<typeof phases>
export type Milestone = Of<typeof milestones>
export type Responsibility = Of<typeof responsibilities>
export type Goal = Of<typeof goals>
export type Risk = Of<typeof risks> & { score: number; high: boolean }
export type Reading = Of<typeof readings>
export type Figure = Of<typeof figures> & { readings: Reading[] }
export type Timeline = Omit<Of<typeof timeline>, 'id'> & { phases: Phase[]; milestones: Milestone[] }
export interface Plan extends Timeline {
  raci: Responsibility[]
  goals: Goal[]
  risks: Risk[]
  figures: Figure[]
}

const planName = ({ id }: { id: string }) => `plan:${id}`
const entryOptions = (noun: string) => ({ slice: 'ventures', noun, documentOf: (id: string) => planName({ id }) })

export const phaseOperations = entryOperations(phases, entryOptions('Phase'))
export const milestoneOperations = entryOperations(milestones, entryOptions('Milestone'))
export const responsibilityOperations = entryOperations(responsibilities, entryOptions('Responsibility'))
export const goalOperations = entryOperations(goals, entryOptions('Goal'))
export const riskOperations = entryOperations(risks, entryOptions('Risk'))
export const figureOperations = entryOperations(figures, entryOptions('Figure'))
export const readingOperations = entryOperations(readings, entryOptions('Reading'))

/** A plan from the committed document. */
async function readPlan(view: QueryContext, id: string): Promise<Plan> {
  const { document } = await readCommittedDocument(view, id)
  const { startsOn, days, launchesOn } = readEntries(document, timeline)[0] ?? timeline.shape.parse({})
  const noted = readEntries(document, readings).sort((one, other) => (one.on < other.on ? -1 : 1))
  return {
    startsOn,
    days,
    launchesOn,
    phases: readEntries(document, phases).sort((one, other) => one.startDay - other.startDay),
    milestones: readEntries(document, milestones).sort((one, other) => one.day - other.day),
    raci: readEntries(document, responsibilities),
    goals: readEntries(document, goals),
    risks: readEntries(document, risks)
      .map((risk) => ({ ...risk, ...computeScore(risk) }))
      .sort((one, other) => other.score - one.score),
    figures: readEntries(document, figures).map((figure) => ({
      ...figure,
      readings: noted.filter(({ figureId }) => figureId === figure.id),
    })),
  }
}

export const getPlan = query('ventures.getPlan', {
  input: { id: z.uuid() },
  authorize: requireViewer(planName),
  execute: (view, { id }): Promise<Plan> => readPlan(view, id),
})

export const getTimeline = query('ventures.getTimeline', {
  input: { id: z.uuid() },
  authorize: requireViewer(planName),
  execute: (view, { id }): Promise<Timeline> => readPlan(view, id),
})

export const listRisks = query('ventures.listRisks', {
  input: { id: z.uuid() },
  authorize: requireViewer(planName),
  execute: async (view, { id }): Promise<Risk[]> => (await readPlan(view, id)).risks,
})

const { startsOn, days, launchesOn } = timeline.shape.shape

/** Starts the timeline, or changes its dates. Default phases and milestones are added where there are none. */
export const beginTimeline = command('ventures.beginTimeline', {
  input: {
    id: z.uuid(),
    startsOn: startsOn.unwrap().optional(),
    days: days.unwrap().optional(),
    launchesOn: launchesOn.unwrap().optional(),
  },
  authorize: requireEditor(planName),
  execute: async (work, { id, ...given }) => ({ id, given, author: formatAuthor(work.actor) }),
  async afterCommit({ id, given, author }, ports): Promise<Timeline> {
    const { result } = await ports.editDocument(planName({ id }), author, (document) => {
      const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
      writeEntry(document, timeline, 'timeline', {
        ...timeline.shape.parse({}),
        ...readEntries(document, timeline)[0],
        ...said,
        id: undefined,
      })
      for (const section of [phases, milestones] as const) {
        if (document.getMap(section.name).size > 0) continue
        // fixed ids: two people who start at once create one set
        for (const [entryId, fields] of Object.entries(thirtyDays[section.name as 'phases'])) {
          writeEntry(document, section, entryId, section.shape.parse(fields))
        }
      }
      const [entry] = readEntries(document, timeline)
      if (!entry) throw new DomainError('conflict', 'The timeline could not be saved. Try again.')
      return { ...entry, phases: readEntries(document, phases), milestones: readEntries(document, milestones) }
    })
    return result
  },
})
