import { ActionIcon, Menu } from '@mantine/core'
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Calendar, MoreHorizontal } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import type { Member } from './contract.ts'
import { Face } from './face.tsx'
import { inWords, type Task } from './sections.ts'

interface CardProps {
  task: Task
  assignee: Member | undefined
  writes: boolean
  lifted: boolean
  onOpen: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onBlur: () => void
  onStep: (key: string) => void
}

const steps = [
  ['ArrowLeft', 'Move left', ArrowLeft],
  ['ArrowRight', 'Move right', ArrowRight],
  ['ArrowUp', 'Move up', ArrowUp],
  ['ArrowDown', 'Move down', ArrowDown],
] as const

/** A task on the board. */
export function Card({ task, assignee, writes, lifted, onOpen, onKeyDown, onBlur, onStep }: CardProps) {
  const { id, title, text, kind, dueOn } = task
  return (
    <li className="card-place">
      {/* biome-ignore lint/a11y/useSemanticElements: a button may hold no menu */}
      <div
        role="button"
        tabIndex={0}
        className="card"
        data-card={id}
        data-lifted={lifted}
        draggable={writes}
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
        <span className="card-title">{title}</span>
        {text && <span className="card-text">{text}</span>}
        {(kind || dueOn || assignee) && (
          <span className="card-foot">
            {kind && (
              <span className="card-kind" data-kind={kind}>
                {inWords(kind)}
              </span>
            )}
            {dueOn && (
              <span className="card-due">
                <Calendar size={13} aria-hidden="true" /> {dueOn}
              </span>
            )}
            {assignee && (
              <span className="card-who" title={assignee.name}>
                <Face id={assignee.userId} name={assignee.name} size={24} />
              </span>
            )}
          </span>
        )}
      </div>
      {writes && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon className="card-menu" variant="subtle" color="gray" size="sm" aria-label={`Move ${title}`}>
              <MoreHorizontal size={16} aria-hidden="true" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {steps.map(([key, name, Icon]) => (
              <Menu.Item key={key} leftSection={<Icon size={15} aria-hidden="true" />} onClick={() => onStep(key)}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  )
}
