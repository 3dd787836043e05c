import type { z } from 'zod'
import type { IdeaBody, NoteBody, PollBody, TaskBody } from '../../../api/routes/board.ts'
import type { FigureBody, GoalBody, MilestoneBody, PhaseBody, ReadingBody, ResponsibilityBody, RiskBody } from '../../../api/routes/plan.ts'

/** A section: the name of its root type, and the default of each field. */
export interface Section<T extends { id: string }> {
  name: string
  defaults: Omit<T, 'id'>
}

export type Task = z.infer<typeof TaskBody>
export type Note = z.infer<typeof NoteBody>
export type Idea = z.infer<typeof IdeaBody>
export type Poll = z.infer<typeof PollBody>
export type Phase = z.infer<typeof PhaseBody>
export type Milestone = z.infer<typeof MilestoneBody>
export type Responsibility = z.infer<typeof ResponsibilityBody>
export type Goal = z.infer<typeof GoalBody>
export type Risk = z.infer<typeof RiskBody>
export type Figure = z.infer<typeof FigureBody>
export type Reading = z.infer<typeof ReadingBody>
export interface Vote {
  id: string
  pollId: string
  userId: string
  optionId: string
}
export interface Timeline {
  id: string
  startsOn: string | null
  days: number
  launchesOn: string | null
}

/** The sections of a space and of a plan, by the names of their root types (docs/live-documents.md). */
export const tasks: Section<Task> = {
  name: 'tasks',
  defaults: { title: '', text: '', status: 'TODO', order: '', kind: null, assigneeId: null, priority: 3, dueOn: null },
}
export const notes: Section<Note> = { name: 'notes', defaults: { title: '', text: '' } }
export const ideas: Section<Idea> = { name: 'ideas', defaults: { title: '', text: '', state: 'NEW' } }
export const polls: Section<Poll> = { name: 'polls', defaults: { question: '', options: [], closed: false } }
export const votes: Section<Vote> = { name: 'votes', defaults: { pollId: '', userId: '', optionId: '' } }
export const timeline: Section<Timeline> = { name: 'timeline', defaults: { startsOn: null, days: 30, launchesOn: null } }
export const phases: Section<Phase> = { name: 'phases', defaults: { name: '', startDay: 1, endDay: 7, state: 'PENDING', deliverables: '' } }
export const milestones: Section<Milestone> = {
  name: 'milestones',
  defaults: { title: '', description: '', day: 1, phaseId: null, state: 'PENDING', priority: 3, achievedOn: null },
}
export const raci: Section<Responsibility> = {
  name: 'raci',
  defaults: { activity: '', responsible: '', accountable: '', consulted: '', informed: '', priority: 3, dueOn: null, state: 'PENDING' },
}
export const goals: Section<Goal> = {
  name: 'goals',
  defaults: {
    title: '',
    specific: '',
    measurable: '',
    achievable: '',
    relevant: '',
    dueOn: null,
    target: 100,
    current: 0,
    unit: '%',
    priority: 3,
    state: 'ACTIVE',
  },
}
export const risks: Section<Risk> = {
  name: 'risks',
  defaults: { title: '', description: '', kind: 'OPERATIONAL', impact: 3, probability: 3, mitigation: '', ownerId: null, state: 'ACTIVE' },
}
export const figures: Section<Figure> = { name: 'figures', defaults: { name: '', unit: '' } }
export const readings: Section<Reading> = { name: 'readings', defaults: { figureId: '', on: '', value: 0 } }

/** `IN_PROGRESS` becomes "In progress". */
export const toLabel = (state: string): string => state.charAt(0) + state.slice(1).toLowerCase().replaceAll('_', ' ')
