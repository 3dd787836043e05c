import { ActionIcon, Menu, Tooltip, UnstyledButton } from '@mantine/core'
import { EllipsisVertical, Pencil, SmilePlus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { CommentField } from './comment-field.tsx'
import type { Member, Thread, User } from './contract.ts'
import { Face } from './face.tsx'
import { partsOf } from './mention.ts'
import { ago, inFull } from './moment.ts'
import type { Ask } from './threads.ts'

const emojis = ['👍', '❤️', '🎉', '👀', '✅', '❓']

interface CommentRowProps {
  comment: Thread['comments'][number]
  /** Where it is, behind the document's path. */
  path: string
  user: User
  people: Member[]
  mayComment: boolean
  owns: boolean
  asking: Ask
}

/** What one person said: their words, who liked them, and what one may do about it. */
export function CommentRow({ comment, path, user, people, mayComment, owns, asking }: CommentRowProps) {
  const [editing, setEditing] = useState(false)
  const { userId, name, text, createdAt, editedAt, reactions } = comment
  const own = userId === user.id
  const nameOf = (id: string) => (id === user.id ? 'you' : (people.find((person) => person.userId === id)?.name ?? 'somebody'))

  function react(emoji: string) {
    const mine = reactions.some((one) => one.emoji === emoji && one.userIds.includes(user.id))
    asking.mutate({ method: mine ? 'DELETE' : 'PUT', path: `${path}/reactions/${encodeURIComponent(emoji)}` })
  }

  return (
    <li className="comment">
      <div className="comment-head">
        <Face id={userId} name={name} size={26} />
        <span className="comment-name">{name}</span>
        <time dateTime={createdAt} title={inFull(createdAt)}>
          {ago(createdAt)}
          {editedAt && ', edited'}
        </time>
        {mayComment && (
          <span className="comment-tools">
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <Tooltip label="React">
                  <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`React to ${name}`}>
                    <SmilePlus size={15} aria-hidden="true" />
                  </ActionIcon>
                </Tooltip>
              </Menu.Target>
              <Menu.Dropdown className="emoji-menu">
                {emojis.map((emoji) => (
                  <Menu.Item key={emoji} onClick={() => react(emoji)}>
                    {emoji}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
            {(own || owns) && (
              <Menu position="bottom-end" withinPortal>
                <Menu.Target>
                  <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`More on what ${own ? 'you' : name} said`}>
                    <EllipsisVertical size={15} aria-hidden="true" />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  {own && (
                    <Menu.Item leftSection={<Pencil size={15} aria-hidden="true" />} onClick={() => setEditing(true)}>
                      Edit
                    </Menu.Item>
                  )}
                  <Menu.Item
                    color="red"
                    leftSection={<Trash2 size={15} aria-hidden="true" />}
                    onClick={() => asking.mutate({ method: 'DELETE', path })}
                  >
                    Delete
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          </span>
        )}
      </div>
      {editing ? (
        <CommentField
          label="What you say"
          send="Save"
          people={people}
          initial={text}
          busy={asking.isPending}
          autoFocus
          onSend={(changed) => asking.mutate({ method: 'PATCH', path, body: { text: changed } }, { onSuccess: () => setEditing(false) })}
          onCancel={() => setEditing(false)}
        />
      ) : (
        <p className="comment-text">
          {partsOf(text, people).map((part, index) =>
            part.userId ? (
              // Parts of one text have no other name than their place.
              // oxlint-disable-next-line react/no-array-index-key
              <span key={index} className="mention" data-me={part.userId === user.id || undefined}>
                {part.text}
              </span>
            ) : (
              part.text
            ),
          )}
        </p>
      )}
      {reactions.length > 0 && (
        <div className="reactions">
          {reactions.map(({ emoji, userIds }) => (
            <Tooltip key={emoji} label={userIds.map(nameOf).join(', ')}>
              <UnstyledButton
                className="reaction"
                aria-pressed={userIds.includes(user.id)}
                aria-label={`${emoji} ${userIds.length}: ${userIds.map(nameOf).join(', ')}`}
                disabled={!mayComment}
                onClick={() => react(emoji)}
              >
                <span aria-hidden="true">{emoji}</span> {userIds.length}
              </UnstyledButton>
            </Tooltip>
          ))}
        </div>
      )}
    </li>
  )
}
