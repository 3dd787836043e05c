import { ActionIcon, Badge, UnstyledButton } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { MessageSquareReply } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { request } from '../../../lib/api-client.ts'
import { CommentForm } from '../../comments/comment-form.tsx'
import type { Member, Message, User } from '../../../lib/api-types.ts'
import { toConversationPath, cacheMessage } from '../conversation-queries.ts'
import { Avatar } from '../../../ui/avatar.tsx'
import { formatTime, formatDateTime } from '../../../lib/time-format.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { Reactions, ReactionMenu, hasReacted, CommentMenu, CommentText } from '../../comments/comment-body.tsx'
import { MessageFiles } from './message-files.tsx'
import { messageKindLabels } from './message-kinds.ts'
import { ConfirmDialog } from '../../../ui/undo/confirm-dialog.tsx'
import { showToast } from '../../../ui/toast.ts'

/** Changes and reacts to a message. */
function useMessageUpdate({ conversationId, id, reactions }: Message, user: User) {
  const { mutate, isPending } = useMutation({
    mutationFn: ({ method, subpath = '', body }: { method: string; subpath?: string; body?: unknown }) =>
      request<Message>(method, `${toConversationPath(conversationId)}/messages/${id}${subpath}`, { body }),
    onSuccess: cacheMessage,
    onError: (error) => showToast(toErrorMessage(error), 'red'),
  })
  return {
    isPending,
    saveText: (text: string, onSaved: () => void) => mutate({ method: 'PATCH', body: { text } }, { onSuccess: onSaved }),
    /** Adds a reaction, or removes it if the user has it already. */
    react: (emoji: string) => {
      const method = hasReacted(reactions, emoji, user) ? 'DELETE' : 'PUT'
      mutate({ method, subpath: `/reactions/${encodeURIComponent(emoji)}` })
    },
  }
}

/** Asks before a message is deleted: that cannot be undone. */
function DeleteMessageDialog({ message, opened, onClose }: { message: Message; opened: boolean; onClose: () => void }) {
  const path = `${toConversationPath(message.conversationId)}/messages/${message.id}`
  return (
    <ConfirmDialog
      opened={opened}
      title="Delete this message?"
      buttonLabel="Delete"
      buttonColor="red"
      action={async () => cacheMessage(await request<Message>('DELETE', path))}
      onClose={onClose}
    >
      Its text and its files are deleted for everybody{message.replies > 0 && '; the replies stay'}. You cannot undo this.
    </ConfirmDialog>
  )
}

function MessageHeader({ message: { name, createdAt, kind, deletedAt }, isHidden }: { message: Message; isHidden: boolean }) {
  return (
    <div className={isHidden ? 'visually-hidden' : 'message-header'}>
      <span className="comment-name">{name}</span>
      <time dateTime={createdAt} title={formatDateTime(createdAt)}>
        {formatTime(createdAt)}
      </time>
      {kind !== 'GENERAL' && !deletedAt && (
        <Badge size="sm" variant="light" color={kind === 'ANNOUNCEMENT' ? 'yellow' : 'pine'}>
          {messageKindLabels[kind]}
        </Badge>
      )}
    </div>
  )
}

function MessageText({ message: { text, editedAt, deletedAt }, people, user }: { message: Message; people: Member[]; user: User }) {
  if (deletedAt) return <p className="comment-text message-deleted">This message was deleted.</p>
  if (text === '') return null
  return (
    <p className="comment-text" dir="auto">
      <CommentText text={text} people={people} user={user} />
      {editedAt && <span className="message-edited"> (edited)</span>}
    </p>
  )
}

interface MessageActionsProps {
  /** The author's name; null for the user's own message. */
  authorName: string | null
  /** Each action is absent if the user may not use it. */
  onReact: ((emoji: string) => void) | undefined
  onReply: (() => void) | undefined
  onEdit: (() => void) | undefined
  onDelete: (() => void) | undefined
}

function MessageActions({ authorName, onReact, onReply, onEdit, onDelete }: MessageActionsProps) {
  if (!onReact && !onReply) return null
  return (
    <span className="message-actions">
      {onReact && <ReactionMenu authorName={authorName ?? 'your message'} onReact={onReact} />}
      {onReply && (
        <ActionIcon variant="subtle" color="gray" aria-label={`Reply to ${authorName ?? 'your message'}`} onClick={onReply}>
          <MessageSquareReply size={16} aria-hidden="true" />
        </ActionIcon>
      )}
      {onDelete && <CommentMenu authorName={authorName ?? 'you'} onEdit={onEdit} onDelete={onDelete} />}
    </span>
  )
}

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
  const [isEditing, setIsEditing] = useState(false)
  const { userId, name, kind, text, reactions, deletedAt, replies } = message
  const isOwn = userId === user.id
  const [isDeleting, setIsDeleting] = useState(false)
  const { isPending, saveText, react } = useMessageUpdate(message, user)
  const rowRef = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isHighlighted) rowRef.current?.scrollIntoView({ block: 'center' })
  }, [isHighlighted])

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
        <MessageHeader message={message} isHidden={isContinuation} />
        {isEditing && !deletedAt ? (
          <CommentForm
            label="What you say"
            sendLabel="Save"
            people={people}
            initial={text}
            isBusy={isPending}
            autoFocus
            onSend={(changed) => saveText(changed, () => setIsEditing(false))}
            onCancel={() => setIsEditing(false)}
          />
        ) : (
          <MessageText message={message} people={people} user={user} />
        )}
        <MessageFiles message={message} />
        <Reactions reactions={reactions} people={people} user={user} canReact={canWrite} onReact={react} />
        {onThread && replies > 0 && (
          <UnstyledButton className="message-replies" onClick={onThread}>
            {replies} {replies === 1 ? 'reply' : 'replies'}
          </UnstyledButton>
        )}
      </div>
      {!deletedAt && !isEditing && (
        <MessageActions
          authorName={isOwn ? null : name}
          onReact={canWrite ? react : undefined}
          onReply={onThread}
          onEdit={isOwn && text !== '' ? () => setIsEditing(true) : undefined}
          onDelete={canWrite && (isOwn || isOwner) ? () => setIsDeleting(true) : undefined}
        />
      )}
      <DeleteMessageDialog message={message} opened={isDeleting} onClose={() => setIsDeleting(false)} />
    </li>
  )
}
