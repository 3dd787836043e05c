import { ActionIcon, Badge, UnstyledButton } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { FileDown, MessageSquareReply } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { request } from '../../lib/api-client.ts'
import { CommentForm } from '../comments/comment-form.tsx'
import type { Member, Message, User } from '../../lib/api-types.ts'
import { toConversationPath, cacheMessage } from './conversation-queries.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { formatTime, formatDateTime } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { Reactions, ReactionMenu, hasReacted, CommentMenu, CommentText } from '../comments/comment-body.tsx'
import { downloadFile, formatFileSize } from '../../lib/download.ts'
import { showToast } from '../../ui/toast.ts'

const kindLabels = { ANNOUNCEMENT: 'Announcement', QUESTION: 'Question', UPDATE: 'Update', CELEBRATION: 'Celebration' } as const

export interface MessageRowProps {
  message: Message
  /** It follows a message of the same person within minutes: the name is not repeated. */
  isContinuation: boolean
  user: User
  people: Member[]
  canWrite: boolean
  isOwner: boolean
  /** It is the message that a link points to. */
  isHighlighted?: boolean
  /** Opens its thread; absent inside a thread. */
  onThread?: (() => void) | undefined
}

/** One message: author, time, text, files, reactions, actions. */
export function MessageRow({ message, isContinuation, user, people, canWrite, isOwner, isHighlighted = false, onThread }: MessageRowProps) {
  const [editing, setEditing] = useState(false)
  const { id, conversationId, userId, name, kind, text, reactions, files, createdAt, editedAt, deletedAt, replies } = message
  const isOwn = userId === user.id
  const path = `${toConversationPath(conversationId)}/messages/${id}`
  const updating = useMutation({
    mutationFn: ({ method, subpath = '', body }: { method: string; subpath?: string; body?: unknown }) =>
      request<Message>(method, path + subpath, { body }),
    onSuccess: cacheMessage,
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })

  const rowRef = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isHighlighted) rowRef.current?.scrollIntoView({ block: 'center' })
  }, [isHighlighted])

  function react(emoji: string) {
    const isRemoving = hasReacted(reactions, emoji, user)
    updating.mutate({ method: isRemoving ? 'DELETE' : 'PUT', subpath: `/reactions/${encodeURIComponent(emoji)}` })
  }

  return (
    <li
      className="message-row"
      data-continuation={isContinuation || undefined}
      data-kind={kind}
      data-deleted={deletedAt ? true : undefined}
      aria-current={isHighlighted || undefined}
      ref={rowRef}
    >
      <span className="message-avatar">{!isContinuation && <Avatar id={userId} name={name} size={34} />}</span>
      <div className="message-body">
        <div className={isContinuation ? 'visually-hidden' : 'message-header'}>
          <span className="comment-name">{name}</span>
          <time dateTime={createdAt} title={formatDateTime(createdAt)}>
            {formatTime(createdAt)}
          </time>
          {kind !== 'GENERAL' && !deletedAt && (
            <Badge size="sm" variant="light" color={kind === 'ANNOUNCEMENT' ? 'yellow' : 'pine'}>
              {kindLabels[kind]}
            </Badge>
          )}
        </div>
        {deletedAt ? (
          <p className="comment-text message-deleted">This message was deleted.</p>
        ) : editing ? (
          <CommentForm
            label="What you say"
            sendLabel="Save"
            people={people}
            initial={text}
            isBusy={updating.isPending}
            autoFocus
            onSend={(changed) => updating.mutate({ method: 'PATCH', body: { text: changed } }, { onSuccess: () => setEditing(false) })}
            onCancel={() => setEditing(false)}
          />
        ) : (
          text !== '' && (
            <p className="comment-text">
              <CommentText text={text} people={people} user={user} />
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
                    void downloadFile(`${toConversationPath(conversationId)}/files/${file.id}`, file.name).catch((error: unknown) =>
                      showToast(toErrorMessage(error), 'red'),
                    )
                  }
                >
                  <FileDown size={16} aria-hidden="true" /> {file.name} <span className="message-size">{formatFileSize(file.size)}</span>
                </UnstyledButton>
              </li>
            ))}
          </ul>
        )}
        <Reactions reactions={reactions} people={people} user={user} canReact={canWrite} onReact={react} />
        {onThread && replies > 0 && (
          <UnstyledButton className="message-replies" onClick={onThread}>
            {replies} {replies === 1 ? 'reply' : 'replies'}
          </UnstyledButton>
        )}
      </div>
      {!deletedAt && !editing && (canWrite || onThread) && (
        <span className="message-actions">
          {canWrite && <ReactionMenu authorName={isOwn ? 'your message' : name} onReact={react} />}
          {onThread && (
            <ActionIcon variant="subtle" color="gray" aria-label={`Reply to ${isOwn ? 'your message' : name}`} onClick={onThread}>
              <MessageSquareReply size={16} aria-hidden="true" />
            </ActionIcon>
          )}
          {canWrite && (isOwn || isOwner) && (
            <CommentMenu
              authorName={isOwn ? 'you' : name}
              onEdit={isOwn && text !== '' ? () => setEditing(true) : undefined}
              onDelete={() => updating.mutate({ method: 'DELETE' })}
            />
          )}
        </span>
      )}
    </li>
  )
}
