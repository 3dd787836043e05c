/** Tasks on a space's board: four lanes, each with an order that merges. */
import { z } from 'zod'
import { compareOrder, keysForMove } from '../documents/sections/fractional-indexing.ts'
import { day, type Entry, rating, shortText, section, userRef, longText } from '../documents/sections/section.ts'

export const lanes = ['TODO', 'DOING', 'REVIEW', 'DONE'] as const
export const Lane = z.enum(lanes)

export const tasks = section(
  'tasks',
  {
    title: shortText(),
    text: longText(),
    status: Lane.default('TODO'),
    /** Its order key in the lane (`documents/sections/fractional-indexing.ts`); any other text sorts, too. */
    order: z.string().max(200).default(''),
    kind: z.enum(['CODE', 'DESIGN', 'GROWTH', 'OPS']).nullable().default(null),
    assigneeId: userRef,
    priority: rating.default(3),
    dueOn: day.nullable().default(null),
  },
  { most: 2000 },
)

export type Task = Entry<(typeof tasks)['shape']['shape']>

/** Sorts by lane, then by order: the same on every replica. */
export const compareTasks = (one: Task, other: Task): number =>
  lanes.indexOf(one.status) - lanes.indexOf(other.status) || compareOrder(one, other)

/** The position of a task: before another, after another, or at the end of the lane. */
export interface TaskPosition {
  before?: string | undefined
  after?: string | undefined
}

/**
 * The order keys to write for a task at a position in a lane.
 * @returns undefined where the neighbour is not in that lane
 */
export function keysForTaskMove(
  all: Task[],
  id: string,
  status: Task['status'],
  { before, after }: TaskPosition,
): Map<string, string> | undefined {
  const others = all.filter((task) => task.status === status && task.id !== id).sort(compareOrder)
  const neighbour = before ?? after
  const found = others.findIndex((task) => task.id === neighbour)
  if (neighbour !== undefined && found === -1) return undefined
  return keysForMove(others, id, neighbour === undefined ? others.length : before === undefined ? found + 1 : found)
}
