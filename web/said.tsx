/** What comments and messages have alike: words with mentions, reactions, and what one may do about them. */
import { ActionIcon, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { EllipsisVertical, Pencil, SmilePlus, Trash2 } from 'lucide-react'
import type { Member, User } from './contract.ts'
import { partsOf } from './mention.ts'

const emojis = ['👍', '❤️', '🎉', '👀', '✅', '❓']

interface Reaction {
  emoji: string
  userIds: string[]
}

/** The words, each mention by its name. */
export function SaidText({ text, people, user }: { text: string; people: Member[]; user: User }) {
  return partsOf(text, people).map((part, index) =>
    part.userId ? (
      // Parts of one text have no other name than their place.
      // oxlint-disable-next-line react/no-array-index-key
      <span key={index} className="mention" data-me={part.userId === user.id || undefined}>
        {part.text}
      </span>
    ) : (
      part.text
    ),
  )
}

interface ReactionsProps {
  reactions: Reaction[]
  people: Member[]
  user: User
  mayReact: boolean
  onReact: (emoji: string) => void
}

export function Reactions({ reactions, people, user, mayReact, onReact }: ReactionsProps) {
  if (reactions.length === 0) return null
  const called = (id: string) => (id === user.id ? 'you' : (people.find(({ userId }) => userId === id)?.name ?? 'somebody'))
  return (
    <div className="reactions">
      {reactions.map(({ emoji, userIds }) => {
        const names = userIds.map(called).join(', ')
        return (
          <Tooltip key={emoji} label={names}>
            <UnstyledButton
              className="reaction"
              aria-pressed={userIds.includes(user.id)}
              aria-label={`${emoji} ${userIds.length}: ${names}`}
              disabled={!mayReact}
              onClick={() => onReact(emoji)}
            >
              <span aria-hidden="true">{emoji}</span> {userIds.length}
            </UnstyledButton>
          </Tooltip>
        )
      })}
    </div>
  )
}

/** @param to whom one reacts to, as it is read aloud */
export function ReactMenu({ to, size, onReact }: { to: string; size?: 'sm' | undefined; onReact: (emoji: string) => void }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Tooltip label="React">
          <ActionIcon variant="subtle" color="gray" {...(size && { size })} aria-label={`React to ${to}`}>
            <SmilePlus size={size ? 15 : 16} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown className="emoji-menu">
        {emojis.map((emoji) => (
          <Menu.Item key={emoji} onClick={() => onReact(emoji)}>
            {emoji}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

interface SaidMenuProps {
  /** Whose words, as it is read aloud. */
  of: string
  size?: 'sm' | undefined
  /** Absent where they may not be changed. */
  onEdit?: (() => void) | undefined
  onDelete: () => void
}

export function SaidMenu({ of, size, onEdit, onDelete }: SaidMenuProps) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" {...(size && { size })} aria-label={`More on what ${of} said`}>
          <EllipsisVertical size={size ? 15 : 16} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {onEdit && (
          <Menu.Item leftSection={<Pencil size={15} aria-hidden="true" />} onClick={onEdit}>
            Edit
          </Menu.Item>
        )}
        <Menu.Item color="red" leftSection={<Trash2 size={15} aria-hidden="true" />} onClick={onDelete}>
          Delete
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

/** Whether one reacted so already: then pressing it again takes it back. */
export const reacted = (reactions: Reaction[], emoji: string, { id }: User): boolean =>
  reactions.some((one) => one.emoji === emoji && one.userIds.includes(id))
