import { ActionIcon, Menu } from '@mantine/core'
import { EllipsisVertical, Undo2 } from 'lucide-react'
import type { Stretch } from './contract.ts'
import { Face } from './face.tsx'
import { clock, inFull } from './moment.ts'
import { nameOf } from './moments.ts'

interface StretchRowProps {
  stretch: Stretch
  chosen: boolean
  /** Absent where one may not write. */
  onTakeBack?: ((author: Stretch['authors'][number]) => void) | undefined
  onChoose: () => void
}

/** From when to when, as short as it can be said. */
function span({ startedAt, endedAt }: Stretch): string {
  const [start, end] = [clock(startedAt), clock(endedAt)]
  return start === end ? end : `${start} – ${end}`
}

/** A stretch of work: when, whose, how much. */
export function StretchRow({ stretch, chosen, onChoose, onTakeBack }: StretchRowProps) {
  const { authors, edits, startedAt, endedAt } = stretch
  const takeable = authors.filter(({ userId }) => userId !== null)
  return (
    <li className="stretch" data-chosen={chosen || undefined}>
      <button type="button" className="stretch-button" aria-pressed={chosen} onClick={onChoose}>
        <span className="stretch-faces">
          {authors.slice(0, 3).map(({ userId, name }) => (
            <Face key={userId} id={userId ?? ''} name={nameOf(userId, name)} size={26} />
          ))}
        </span>
        <span className="stretch-words">
          <span className="stretch-names">{authors.map(({ userId, name }) => nameOf(userId, name)).join(', ')}</span>
          <span className="stretch-meta">
            <time dateTime={endedAt} title={`${inFull(startedAt)} – ${inFull(endedAt)}`}>
              {span(stretch)}
            </time>
            <span>
              {edits} {edits === 1 ? 'edit' : 'edits'}
            </span>
          </span>
        </span>
      </button>
      {onTakeBack && takeable.length > 0 && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More on ${span(stretch)}`}>
              <EllipsisVertical size={17} aria-hidden="true" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {takeable.map((author) => (
              <Menu.Item key={author.userId} leftSection={<Undo2 size={16} aria-hidden="true" />} onClick={() => onTakeBack(author)}>
                Take back what {nameOf(author.userId, author.name)} wrote
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </li>
  )
}
