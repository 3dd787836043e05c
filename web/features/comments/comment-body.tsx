/** What comments and messages share: text with mentions, reactions, and the menu of actions. */
import { ActionIcon, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { EllipsisVertical, Pencil, SmilePlus, Trash2 } from 'lucide-react'
import type { Member, User } from '../../lib/api-types.ts'
import { splitMentions } from './mentions.ts'

const emojis = ['👍', '❤️', '🎉', '👀', '✅', '❓']

interface Reaction {
  emoji: string
  userIds: string[]
}

/** The text, with each mention shown as a name. */
export function CommentText({ text, people, user }: { text: string; people: Member[]; user: User }) {
  return splitMentions(text, people).map((part, index) =>
    part.userId ? (
      // Parts of one text have no other name than their place.
      // oxlint-disable-next-line react/no-array-index-key
      <span key={index} className="mention" data-self={part.userId === user.id || undefined}>
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
  canReact: boolean
  onReact: (emoji: string) => void
}

export function Reactions({ reactions, people, user, canReact, onReact }: ReactionsProps) {
  if (reactions.length === 0) return null
  const nameOf = (id: string) => (id === user.id ? 'you' : (people.find(({ userId }) => userId === id)?.name ?? 'somebody'))
  return (
    <div className="reactions">
      {reactions.map(({ emoji, userIds }) => {
        const names = userIds.map(nameOf).join(', ')
        return (
          <Tooltip key={emoji} label={names}>
            <UnstyledButton
              className="reaction"
              aria-pressed={userIds.includes(user.id)}
              aria-label={`${emoji} ${userIds.length}: ${names}`}
              disabled={!canReact}
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

/** @param authorName the author of the comment, for screen readers */
export function ReactionMenu({
  authorName,
  size,
  onReact,
}: {
  authorName: string
  size?: 'sm' | undefined
  onReact: (emoji: string) => void
}) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Tooltip label="React">
          <ActionIcon variant="subtle" color="gray" {...(size && { size })} aria-label={`React to ${authorName}`}>
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

interface CommentMenuProps {
  /** The author of the comment, for screen readers. */
  authorName: string
  size?: 'sm' | undefined
  /** Absent if the user may not edit it. */
  onEdit?: (() => void) | undefined
  onDelete: () => void
}

export function CommentMenu({ authorName, size, onEdit, onDelete }: CommentMenuProps) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" {...(size && { size })} aria-label={`More on what ${authorName} said`}>
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

/** Whether the user has this reaction already. Choosing it again removes it. */
export const hasReacted = (reactions: Reaction[], emoji: string, { id }: User): boolean =>
  reactions.some((reaction) => reaction.emoji === emoji && reaction.userIds.includes(id))
