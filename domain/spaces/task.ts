/** Tasks on a space's board: four lanes, an order in each that merges. */
import { z } from 'zod'
import { byOrder, keysFor } from '../documents/order.ts'
import { day, type Entry, level, line, section, someone, text } from '../documents/section.ts'

export const lanes = ['TODO', 'DOING', 'REVIEW', 'DONE'] as const
export const Lane = z.enum(lanes)

export const tasks = section(
  'tasks',
  {
    title: line(),
    text: text(),
    status: Lane.default('TODO'),
    /** Its place in the lane (`documents/order.ts`); texts that were not made there sort all the same. */
    order: z.string().max(200).default(''),
    kind: z.enum(['CODE', 'DESIGN', 'GROWTH', 'OPS']).nullable().default(null),
    assigneeId: someone,
    priority: level.default(3),
    dueOn: day.nullable().default(null),
  },
  { most: 2000 },
)

export type Task = Entry<(typeof tasks)['shape']['shape']>

/** Lane by lane, each in its order: the same on every replica. */
export const byLane = (one: Task, other: Task): number => lanes.indexOf(one.status) - lanes.indexOf(other.status) || byOrder(one, other)

/** Where a task is put: before another, after another, or at the end of the lane. */
export interface Place {
  before?: string | undefined
  after?: string | undefined
}

/**
 * The keys to write so that a task stands at a place of a lane.
 * @returns undefined where the neighbour is not in that lane
 */
export function keysAt(all: Task[], id: string, status: Task['status'], { before, after }: Place): Map<string, string> | undefined {
  const others = all.filter((task) => task.status === status && task.id !== id).sort(byOrder)
  const neighbour = before ?? after
  const found = others.findIndex((task) => task.id === neighbour)
  if (neighbour !== undefined && found === -1) return undefined
  return keysFor(others, id, neighbour === undefined ? others.length : before === undefined ? found + 1 : found)
}
