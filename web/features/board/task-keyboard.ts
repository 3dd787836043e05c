import { type KeyboardEvent, useState } from 'react'
import type { Task } from '../sections/section-types.ts'
import { findTaskByArrow } from './lanes.ts'
import { focusTask, type TaskMoves } from './task-moves.ts'

interface TaskKeyboardOptions {
  allTasks: readonly Task[]
  canWrite: boolean
  moves: TaskMoves
  onOpen: (task: Task) => void
}

/** The keys of a card: enter opens it, space picks it up and puts it down, arrows move it or go to another card. */
export function useTaskKeyboard({ allTasks, canWrite, moves, onOpen }: TaskKeyboardOptions) {
  const [pickedUpId, setPickedUpId] = useState<string | null>(null)

  function pickUp({ id, title }: Task) {
    setPickedUpId(id)
    moves.announce(`${title} picked up. Arrows move it, space puts it down.`)
  }
  function putDown({ title }: Task) {
    setPickedUpId(null)
    moves.announce(`${title} put down.`)
  }

  function handleKeyDown(event: KeyboardEvent, task: Task) {
    if (event.target !== event.currentTarget) return
    const { key } = event
    const isPickedUp = pickedUpId === task.id
    if (key.startsWith('Arrow') && isPickedUp) moves.moveByKey(task, key)
    else if (key.startsWith('Arrow')) {
      const next = findTaskByArrow(allTasks, task, key)
      if (next) focusTask(next.id)
    } else if (key === ' ' && canWrite) {
      if (isPickedUp) putDown(task)
      else pickUp(task)
    } else if (key === 'Enter') onOpen(task)
    else if (key === 'Escape' && pickedUpId) putDown(task)
    else return
    event.preventDefault()
  }
  function handleBlur(task: Task) {
    if (!moves.isMoving(task) && pickedUpId === task.id) setPickedUpId(null)
  }
  return { pickedUpId, handleKeyDown, handleBlur }
}
