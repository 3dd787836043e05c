import { useState } from 'react'
import { CommentForm } from './comment-form.tsx'
import type { Thread } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'
import { Reactions, ReactionMenu, hasReacted, CommentMenu, CommentText } from './comment-body.tsx'
import { type ReviewMutation, useReviewRequest } from './comment-queries.ts'
import { useReview } from './review-context.ts'
import { ConfirmDialog } from '../../ui/undo/confirm-dialog.tsx'

interface CommentRowProps {
  comment: Thread['comments'][number]
  /** The path of the comment below its document. */
  path: string
  reviewRequest: ReviewMutation
  /** It is the only comment of its thread, which is deleted with it. */
  isOnly: boolean
}

interface DeleteCommentDialogProps extends Pick<CommentRowProps, 'path' | 'isOnly'> {
  opened: boolean
  onClose: () => void
}

/** Asks before a comment is deleted: that cannot be undone. */
function DeleteCommentDialog({ path, isOnly, opened, onClose }: DeleteCommentDialogProps) {
  const deleting = useReviewRequest(useReview().liveDocument)
  return (
    <ConfirmDialog
      opened={opened}
      title={isOnly ? 'Delete this thread?' : 'Delete this comment?'}
      buttonLabel="Delete"
      buttonColor="red"
      action={() => deleting.mutateAsync({ method: 'DELETE', path })}
      onClose={onClose}
    >
      {isOnly ? 'The thread has only this comment. Both are deleted for everybody.' : 'The comment is deleted for everybody.'} You cannot
      undo this.
    </ConfirmDialog>
  )
}

/** One comment: text, reactions, and actions. */
export function CommentRow({ comment, path, reviewRequest, isOnly }: CommentRowProps) {
  const { user, people, canComment, isOwner } = useReview()
  const [editing, setEditing] = useState(false)
  const [isDeleting, setIsDeleting] = useState(false)
  const { userId, name, imported, text, createdAt, editedAt, reactions } = comment
  const isOwn = userId === user.id && !imported

  function react(emoji: string) {
    const isRemoving = hasReacted(reactions, emoji, user)
    reviewRequest.mutate({ method: isRemoving ? 'DELETE' : 'PUT', path: `${path}/reactions/${encodeURIComponent(emoji)}` })
  }

  return (
    <li>
      <div className="comment-header">
        <Avatar id={imported ? name : userId} name={name} size={26} />
        <span className="comment-name">{name}</span>
        <time dateTime={createdAt} title={formatDateTime(createdAt)}>
          {formatRelativeTime(createdAt)}
          {editedAt && ', edited'}
        </time>
        {canComment && (
          <span className="comment-actions">
            <ReactionMenu authorName={name} size="sm" onReact={react} />
            {(userId === user.id || isOwner) && (
              <CommentMenu
                authorName={isOwn ? 'you' : name}
                size="sm"
                onEdit={isOwn ? () => setEditing(true) : undefined}
                onDelete={() => setIsDeleting(true)}
              />
            )}
          </span>
        )}
      </div>
      {editing ? (
        <CommentForm
          label="What you say"
          sendLabel="Save"
          people={people}
          initial={text}
          isBusy={reviewRequest.isPending}
          autoFocus
          onSend={(changed) =>
            reviewRequest.mutate({ method: 'PATCH', path, body: { text: changed } }, { onSuccess: () => setEditing(false) })
          }
          onCancel={() => setEditing(false)}
        />
      ) : (
        <p className="comment-text" dir="auto">
          <CommentText text={text} people={people} user={user} />
        </p>
      )}
      <Reactions reactions={reactions} people={people} user={user} canReact={canComment} onReact={react} />
      <DeleteCommentDialog path={path} isOnly={isOnly} opened={isDeleting} onClose={() => setIsDeleting(false)} />
    </li>
  )
}
