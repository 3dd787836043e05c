import { useState } from 'react'
import { CommentField } from './comment-field.tsx'
import type { Member, Thread, User } from './contract.ts'
import { Face } from './face.tsx'
import { ago, inFull } from './moment.ts'
import { Reactions, ReactMenu, reacted, SaidMenu, SaidText } from './said.tsx'
import type { Ask } from './threads.ts'

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

  function react(emoji: string) {
    const mine = reacted(reactions, emoji, user)
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
            <ReactMenu to={name} size="sm" onReact={react} />
            {(own || owns) && (
              <SaidMenu
                of={own ? 'you' : name}
                size="sm"
                onEdit={own ? () => setEditing(true) : undefined}
                onDelete={() => asking.mutate({ method: 'DELETE', path })}
              />
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
          <SaidText text={text} people={people} user={user} />
        </p>
      )}
      <Reactions reactions={reactions} people={people} user={user} mayReact={mayComment} onReact={react} />
    </li>
  )
}
