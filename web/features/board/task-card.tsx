import { ActionIcon, Menu } from '@mantine/core'
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Calendar, MoreHorizontal } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import type { Member } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { toLabel, type Task } from '../sections/section-types.ts'

interface TaskCardProps {
  task: Task
  assignee: Member | undefined
  canWrite: boolean
  isPickedUp: boolean
  onOpen: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onBlur: () => void
  onMove: (key: string) => void
}

const moves = [
  ['ArrowLeft', 'Move left', ArrowLeft],
  ['ArrowRight', 'Move right', ArrowRight],
  ['ArrowUp', 'Move up', ArrowUp],
  ['ArrowDown', 'Move down', ArrowDown],
] as const

/** The kind of work, the due date and the assignee of a task. */
function TaskDetails({ task: { kind, dueOn }, assignee }: Pick<TaskCardProps, 'task' | 'assignee'>) {
  if (!kind && !dueOn && !assignee) return null
  return (
    <span className="task-card-footer">
      {kind && (
        <span className="task-card-kind" data-kind={kind}>
          {toLabel(kind)}
        </span>
      )}
      {dueOn && (
        <span className="task-card-due">
          <Calendar size={13} aria-hidden="true" /> {dueOn}
        </span>
      )}
      {assignee && (
        <span className="task-card-assignee" title={assignee.name}>
          <Avatar id={assignee.userId} name={assignee.name} size={24} />
        </span>
      )}
    </span>
  )
}

/** Moves a task without keys and without dragging. */
function MoveMenu({ title, onMove }: { title: string; onMove: (key: string) => void }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon className="task-card-menu" variant="subtle" color="gray" size="sm" aria-label={`Move ${title}`}>
          <MoreHorizontal size={16} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {moves.map(([key, name, Icon]) => (
          <Menu.Item key={key} leftSection={<Icon size={15} aria-hidden="true" />} onClick={() => onMove(key)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

/** A task on the board. */
export function TaskCard({ task, assignee, canWrite, isPickedUp, onOpen, onKeyDown, onBlur, onMove }: TaskCardProps) {
  const { id, title, text } = task
  return (
    <li className="task-card-item">
      {/* biome-ignore lint/a11y/useSemanticElements: a button may hold no menu */}
      <div
        role="button"
        tabIndex={0}
        className="task-card"
        data-task-id={id}
        data-picked-up={isPickedUp}
        draggable={canWrite}
        aria-label={title}
        aria-describedby="how-to-move"
        onDragStart={(event) => {
          event.dataTransfer.setData('text/plain', id)
          event.dataTransfer.effectAllowed = 'move'
        }}
        onClick={onOpen}
        onKeyDown={onKeyDown}
        onBlur={onBlur}
      >
        <span className="task-card-title">{title}</span>
        {text && <span className="task-card-text">{text}</span>}
        <TaskDetails task={task} assignee={assignee} />
      </div>
      {canWrite && <MoveMenu title={title} onMove={onMove} />}
    </li>
  )
}
