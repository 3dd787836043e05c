/** The lanes of a board, and which tasks are in them. */
import { compareOrder } from '../../../domain/documents/sections/fractional-indexing.ts'
import type { Task } from '../sections/section-types.ts'

export type LaneStatus = Task['status']

interface LaneLabel {
  status: LaneStatus
  name: string
}

export const lanes: LaneLabel[] = [
  { status: 'TODO', name: 'To do' },
  { status: 'DOING', name: 'Doing' },
  { status: 'REVIEW', name: 'In review' },
  { status: 'DONE', name: 'Done' },
]

/** The name of a lane. */
export const toLaneName = (status: LaneStatus): string => lanes.find((lane) => lane.status === status)?.name ?? status

/** The tasks of a lane, first to last. */
export const getTasksInLane = (tasks: readonly Task[], status: LaneStatus): Task[] =>
  tasks.filter((task) => task.status === status).sort(compareOrder)

/** The lane to the right, or to the left for any other key than the right arrow. Undefined at the end of the board. */
export const getNextLane = (status: LaneStatus, key: string): LaneLabel | undefined =>
  lanes[lanes.findIndex((lane) => lane.status === status) + (key === 'ArrowRight' ? 1 : -1)]

/** The task that an arrow key leads to: above or below in its lane, or in the nearest lane to the left or right that has tasks. */
export function findTaskByArrow(tasks: readonly Task[], { id, status }: Task, key: string): Task | undefined {
  const lane = getTasksInLane(tasks, status)
  const index = lane.findIndex((task) => task.id === id)
  if (key === 'ArrowUp') return lane[index - 1]
  if (key === 'ArrowDown') return lane[index + 1]
  for (let next = getNextLane(status, key); next; next = getNextLane(next.status, key)) {
    const others = getTasksInLane(tasks, next.status)
    if (others.length > 0) return others[Math.min(index, others.length - 1)]
  }
  return undefined
}
