import { useLayoutEffect, useRef, useState } from 'react'
import { keysForMove } from '../../../domain/documents/sections/fractional-indexing.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { changeEntry } from '../sections/section-entries.ts'
import { type Task, tasks } from '../sections/section-types.ts'
import { editSections } from '../sections/section-undo.ts'
import { getNextLane, getTasksInLane, type LaneStatus, toLaneName } from './lanes.ts'

/** Focuses the card of a task. */
export const focusTask = (id: string): void => document.querySelector<HTMLElement>(`[data-task-id="${CSS.escape(id)}"]`)?.focus()

export type TaskMoves = ReturnType<typeof useTaskMoves>

/** Moves tasks, announces each move to screen readers, and keeps the focus on the card that moved. */
export function useTaskMoves(liveDocument: LiveDocument, allTasks: readonly Task[]) {
  const [announcement, announce] = useState('')
  const movedId = useRef<string | null>(null)

  // A card that changes its lane is mounted again and would lose the focus.
  useLayoutEffect(() => {
    if (!movedId.current) return
    focusTask(movedId.current)
    movedId.current = null
  })

  /** @param index the number of other cards in the lane that come before this one */
  function move(task: Task, status: LaneStatus, index: number) {
    const others = getTasksInLane(allTasks, status).filter(({ id }) => id !== task.id)
    const targetIndex = Math.max(0, Math.min(index, others.length))
    editSections(liveDocument, () => {
      for (const [id, order] of keysForMove(others, task.id, targetIndex)) changeEntry(liveDocument, tasks, id, { order })
      changeEntry(liveDocument, tasks, task.id, { status })
    })
    movedId.current = task.id
    announce(`${task.title}: ${toLaneName(status)}, place ${targetIndex + 1} of ${others.length + 1}.`)
  }

  /** Moves a task one step by an arrow key: up and down in its lane, left and right to the next lane. */
  function moveByKey(task: Task, key: string) {
    const index = getTasksInLane(allTasks, task.status).findIndex(({ id }) => id === task.id)
    if (key === 'ArrowUp') return move(task, task.status, index - 1)
    if (key === 'ArrowDown') return move(task, task.status, index + 1)
    const next = getNextLane(task.status, key)
    if (next) move(task, next.status, index)
    else announce(`${task.title} is in the ${key === 'ArrowRight' ? 'last' : 'first'} lane.`)
  }

  /** Whether a card loses the focus only because it moves. */
  const isMoving = ({ id }: Task) => movedId.current === id

  return { announcement, announce, move, moveByKey, isMoving }
}
