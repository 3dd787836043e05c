/** A venture's plan: phases, milestones, responsibilities, goals, risks and figures, beside the text of its document. */
import { z } from 'zod'
import { edit, read } from '../access/permission.ts'
import { authorOf, entryOperations } from '../documents/entry.ts'
import { entriesOf, type Entry, putEntry, type Section } from '../documents/section.ts'
import { documentOf } from '../documents/snapshot.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query, type View } from '../kernel/operation.ts'
import { figures, readings } from './figure.ts'
import { goals } from './goal.ts'
import { milestones } from './milestone.ts'
import { phases, thirtyDays } from './phase.ts'
import { responsibilities } from './responsibility.ts'
import { risks, scoreOf } from './risk.ts'
import { timeline } from './timeline.ts'

/** What the server holds a plan to. */
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
const told = (noun: string) => ({ slice: 'ventures', noun, documentOf: (id: string) => planName({ id }) })

export const phaseOperations = entryOperations(phases, told('Phase'))
export const milestoneOperations = entryOperations(milestones, told('Milestone'))
export const responsibilityOperations = entryOperations(responsibilities, told('Responsibility'))
export const goalOperations = entryOperations(goals, told('Goal'))
export const riskOperations = entryOperations(risks, told('Risk'))
export const figureOperations = entryOperations(figures, told('Figure'))
export const readingOperations = entryOperations(readings, told('Reading'))

/** A plan as it is committed. */
async function planOf(view: View, id: string): Promise<Plan> {
  const { document } = await documentOf(view, id)
  const { startsOn, days, launchesOn } = entriesOf(document, timeline)[0] ?? timeline.shape.parse({})
  const noted = entriesOf(document, readings).sort((one, other) => (one.on < other.on ? -1 : 1))
  return {
    startsOn,
    days,
    launchesOn,
    phases: entriesOf(document, phases).sort((one, other) => one.startDay - other.startDay),
    milestones: entriesOf(document, milestones).sort((one, other) => one.day - other.day),
    raci: entriesOf(document, responsibilities),
    goals: entriesOf(document, goals),
    risks: entriesOf(document, risks)
      .map((risk) => ({ ...risk, ...scoreOf(risk) }))
      .sort((one, other) => other.score - one.score),
    figures: entriesOf(document, figures).map((figure) => ({
      ...figure,
      readings: noted.filter(({ figureId }) => figureId === figure.id),
    })),
  }
}

export const getPlan = query('ventures.getPlan', {
  input: { id: z.uuid() },
  may: read(planName),
  does: (view, { id }): Promise<Plan> => planOf(view, id),
})

export const getTimeline = query('ventures.getTimeline', {
  input: { id: z.uuid() },
  may: read(planName),
  does: (view, { id }): Promise<Timeline> => planOf(view, id),
})

export const listRisks = query('ventures.listRisks', {
  input: { id: z.uuid() },
  may: read(planName),
  does: async (view, { id }): Promise<Risk[]> => (await planOf(view, id)).risks,
})

const { startsOn, days, launchesOn } = timeline.shape.shape

/** Begins the thirty days, or says anew when they begin. Phases and milestones are laid down where there are none yet. */
export const beginTimeline = command('ventures.beginTimeline', {
  input: {
    id: z.uuid(),
    startsOn: startsOn.unwrap().optional(),
    days: days.unwrap().optional(),
    launchesOn: launchesOn.unwrap().optional(),
  },
  may: edit(planName),
  does: async (work, { id, ...given }) => ({ id, given, author: authorOf(work) }),
  async afterwards({ id, given, author }, ports): Promise<Timeline> {
    const { answer } = await ports.write(planName({ id }), author, (document) => {
      const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
      putEntry(document, timeline, 'timeline', { ...timeline.shape.parse({}), ...entriesOf(document, timeline)[0], ...said, id: undefined })
      for (const section of [phases, milestones] as const) {
        if (document.getMap(section.name).size > 0) continue
        // under ids that are the same for everybody: two who begin at once lay down one set
        for (const [entryId, fields] of Object.entries(thirtyDays[section.name as 'phases'])) {
          putEntry(document, section, entryId, section.shape.parse(fields))
        }
      }
      const [entry] = entriesOf(document, timeline)
      if (!entry) throw new DomainError('conflict', 'The timeline was not written.')
      return { ...entry, phases: entriesOf(document, phases), milestones: entriesOf(document, milestones) }
    })
    return answer
  },
})
