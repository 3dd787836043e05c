import { Plus } from 'lucide-react'
import { type DragEvent, type ReactNode, useState } from 'react'

/** The number of cards of a lane that lie above a point, without the dragged one. */
function countCardsAbove(lane: Element, draggedId: string, clientY: number): number {
  const cards = [...lane.querySelectorAll<HTMLElement>('[data-task-id]')].filter((card) => card.dataset.taskId !== draggedId)
  const firstBelow = cards.findIndex((card) => {
    const { top, height } = card.getBoundingClientRect()
    return clientY < top + height / 2
  })
  return firstBelow === -1 ? cards.length : firstBelow
}

interface LaneProps {
  name: string
  count: number
  canWrite: boolean
  onAdd: () => void
  /** @param index the number of other cards of the lane above the dropped one */
  onDropTask: (taskId: string, index: number) => void
  children: ReactNode
}

/** A lane of the board: its cards, where tasks are dropped and added. */
export function Lane({ name, count, canWrite, onAdd, onDropTask, children }: LaneProps) {
  const [isDropTarget, setIsDropTarget] = useState(false)

  function allowDrop(event: DragEvent) {
    if (!canWrite) return
    event.preventDefault()
    setIsDropTarget(true)
  }
  function drop(event: DragEvent) {
    event.preventDefault()
    setIsDropTarget(false)
    const taskId = event.dataTransfer.getData('text/plain')
    if (canWrite) onDropTask(taskId, countCardsAbove(event.currentTarget, taskId, event.clientY))
  }

  return (
    <section
      className="lane"
      aria-label={name}
      data-drop-target={isDropTarget}
      onDragOver={allowDrop}
      onDragLeave={() => setIsDropTarget(false)}
      onDrop={drop}
    >
      <h2 className="lane-name">
        {name} <span className="lane-count">{count}</span>
      </h2>
      <ul className="lane-cards">{children}</ul>
      {canWrite && (
        <button type="button" className="lane-add" onClick={onAdd} aria-label={`Add a task to ${name}`}>
          <Plus size={16} aria-hidden="true" /> Add a task
        </button>
      )}
    </section>
  )
}
