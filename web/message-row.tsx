import { ActionIcon, Badge, UnstyledButton } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { FileDown, MessageSquareReply } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { ask } from './client.ts'
import { CommentField } from './comment-field.tsx'
import type { Member, Message, User } from './contract.ts'
import { pathOf, place } from './conversing.ts'
import { Face } from './face.tsx'
import { clock, inFull } from './moment.ts'
import { explain } from './problem.ts'
import { Reactions, ReactMenu, reacted, SaidMenu, SaidText } from './said.tsx'
import { saveFile, sizeInWords } from './saved-file.ts'
import { say } from './toast.ts'

const kindWords = { ANNOUNCEMENT: 'Announcement', QUESTION: 'Question', UPDATE: 'Update', CELEBRATION: 'Celebration' } as const

export interface MessageRowProps {
  message: Message
  /** The one before it is of the same person, a moment ago: no need to say again who. */
  follows: boolean
  user: User
  people: Member[]
  writes: boolean
  owns: boolean
  /** It is what somebody was led to. */
  shown?: boolean
  /** Opens its thread; absent where it stands in one. */
  onThread?: (() => void) | undefined
}

/** One message: who said what and when, what hangs on it, and what one may do about it. */
export function MessageRow({ message, follows, user, people, writes, owns, shown = false, onThread }: MessageRowProps) {
  const [editing, setEditing] = useState(false)
  const { id, conversationId, userId, name, kind, text, reactions, files, createdAt, editedAt, deletedAt, replies } = message
  const own = userId === user.id
  const path = `${pathOf(conversationId)}/messages/${id}`
  const asking = useMutation({
    mutationFn: ({ method, at = '', body }: { method: string; at?: string; body?: unknown }) => ask<Message>(method, path + at, { body }),
    onSuccess: place,
    onError: (error) => say(explain(error), 'red'),
  })

  const row = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (shown) row.current?.scrollIntoView({ block: 'center' })
  }, [shown])

  function react(emoji: string) {
    const mine = reacted(reactions, emoji, user)
    asking.mutate({ method: mine ? 'DELETE' : 'PUT', at: `/reactions/${encodeURIComponent(emoji)}` })
  }

  return (
    <li
      className="message"
      data-follows={follows || undefined}
      data-kind={kind}
      data-deleted={deletedAt ? true : undefined}
      aria-current={shown || undefined}
      ref={row}
    >
      <span className="message-face">{!follows && <Face id={userId} name={name} size={34} />}</span>
      <div className="message-body">
        <div className={follows ? 'unseen' : 'message-head'}>
          <span className="comment-name">{name}</span>
          <time dateTime={createdAt} title={inFull(createdAt)}>
            {clock(createdAt)}
          </time>
          {kind !== 'GENERAL' && !deletedAt && (
            <Badge size="sm" variant="light" color={kind === 'ANNOUNCEMENT' ? 'yellow' : 'pine'}>
              {kindWords[kind]}
            </Badge>
          )}
        </div>
        {deletedAt ? (
          <p className="comment-text message-gone">This message was deleted.</p>
        ) : editing ? (
          <CommentField
            label="What you say"
            send="Save"
            people={people}
            initial={text}
            busy={asking.isPending}
            autoFocus
            onSend={(changed) => asking.mutate({ method: 'PATCH', body: { text: changed } }, { onSuccess: () => setEditing(false) })}
            onCancel={() => setEditing(false)}
          />
        ) : (
          text !== '' && (
            <p className="comment-text">
              <SaidText text={text} people={people} user={user} />
              {editedAt && <span className="message-edited"> (edited)</span>}
            </p>
          )
        )}
        {files.length > 0 && (
          <ul className="message-files" aria-label="Files">
            {files.map((file) => (
              <li key={file.id}>
                <UnstyledButton
                  className="message-file"
                  onClick={() =>
                    void saveFile(`${pathOf(conversationId)}/files/${file.id}`, file.name).catch((error: unknown) =>
                      say(explain(error), 'red'),
                    )
                  }
                >
                  <FileDown size={16} aria-hidden="true" /> {file.name} <span className="message-size">{sizeInWords(file.size)}</span>
                </UnstyledButton>
              </li>
            ))}
          </ul>
        )}
        <Reactions reactions={reactions} people={people} user={user} mayReact={writes} onReact={react} />
        {onThread && replies > 0 && (
          <UnstyledButton className="message-replies" onClick={onThread}>
            {replies} {replies === 1 ? 'reply' : 'replies'}
          </UnstyledButton>
        )}
      </div>
      {!deletedAt && !editing && (writes || onThread) && (
        <span className="message-tools">
          {writes && <ReactMenu to={own ? 'your message' : name} onReact={react} />}
          {onThread && (
            <ActionIcon variant="subtle" color="gray" aria-label={`Reply to ${own ? 'your message' : name}`} onClick={onThread}>
              <MessageSquareReply size={16} aria-hidden="true" />
            </ActionIcon>
          )}
          {writes && (own || owns) && (
            <SaidMenu
              of={own ? 'you' : name}
              onEdit={own && text !== '' ? () => setEditing(true) : undefined}
              onDelete={() => asking.mutate({ method: 'DELETE' })}
            />
          )}
        </span>
      )}
    </li>
  )
}
