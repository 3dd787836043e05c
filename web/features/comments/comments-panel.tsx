import './comments.css'
import { Alert, Button, SegmentedControl, Skeleton, Text } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { useEffect, useState } from 'react'
import { CommentForm } from './comment-form.tsx'
import { findThreadPositions, setCommentMarks } from './comment-decorations.ts'
import type { Member, Thread, User } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { CommentThread } from './comment-thread.tsx'
import { type QuotedSelection, useReviewRequest, useThreads } from './comment-queries.ts'

/** Sorts threads by their position in the text, then those whose words are gone, then those on the whole document. */
export function sortByPosition(threads: readonly Thread[], positions: Map<string, number>): Thread[] {
  const toPosition = ({ id, quote }: Thread) =>
    positions.get(id) ?? (quote === null ? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER - 1)
  return threads.toSorted((first, second) => toPosition(first) - toPosition(second) || first.createdAt.localeCompare(second.createdAt))
}

/** Highlights the open threads and the quoted selection in the text, also while the panel is closed. */
export function useCommentMarks(
  editor: Editor,
  liveDocument: LiveDocument,
  activeThreadId: string | null,
  quotedSelection: QuotedSelection | null,
): void {
  const { data } = useThreads(liveDocument.name)
  useEffect(() => {
    const threads = (data ?? []).flatMap(({ id, state, anchor, gone }) => (state === 'open' && anchor && !gone ? [{ id, anchor }] : []))
    if (quotedSelection) threads.push({ id: 'new-comment', anchor: quotedSelection.anchor })
    if (!editor.isDestroyed)
      editor.view.dispatch(setCommentMarks(editor.state.tr, { threads, active: quotedSelection ? 'new-comment' : activeThreadId }))
  }, [editor, data, activeThreadId, quotedSelection])
}

interface CommentsPanelProps {
  editor: Editor
  liveDocument: LiveDocument
  user: User
  people: Member[]
  canComment: boolean
  isOwner: boolean
  activeThreadId: string | null
  onActivate: (threadId: string | null) => void
  quotedSelection: QuotedSelection | null
  onQuotedSelection: (quotedSelection: QuotedSelection | null) => void
  /** Shows the text, on screens where the panel covers it. */
  onShowText: () => void
}

/** The comment threads of a document, beside its text. */
export function CommentsPanel({
  editor,
  liveDocument,
  user,
  people,
  canComment,
  isOwner,
  activeThreadId,
  onActivate,
  quotedSelection,
  onQuotedSelection,
  onShowText,
}: CommentsPanelProps) {
  const threads = useThreads(liveDocument.name)
  const [state, setState] = useState<'open' | 'resolved'>('open')
  const [isOnWholeDocument, setIsOnWholeDocument] = useState(false)
  const starting = useReviewRequest(liveDocument)
  const positions = useEditorState({ editor, selector: ({ editor: now }) => Object.fromEntries(findThreadPositions(now.state)) })
  const allThreads = threads.data ?? []
  const activeState = allThreads.find(({ id }) => id === activeThreadId)?.state
  useEffect(() => {
    if (activeState) setState(activeState)
  }, [activeThreadId, activeState])

  const shown = sortByPosition(
    allThreads.filter((thread) => thread.state === state),
    new Map(Object.entries(positions)),
  )
  const resolved = allThreads.filter((thread) => thread.state === 'resolved').length

  function start(text: string) {
    const body = { text, ...(quotedSelection && { anchor: quotedSelection.anchor }) }
    starting.mutate(
      { method: 'POST', path: 'comments', body },
      {
        onSuccess: (thread) => {
          onQuotedSelection(null)
          setIsOnWholeDocument(false)
          setState('open')
          onActivate((thread as Thread).id)
        },
      },
    )
  }
  function open({ id }: Thread) {
    onActivate(id)
    onShowText()
    const target = editor.view.dom.querySelector(`[data-thread="${CSS.escape(id)}"]`)
    target?.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' })
  }

  return (
    <div className="thread-list">
      {(quotedSelection || isOnWholeDocument) && (
        <section className="thread" data-active aria-label="New comment">
          {quotedSelection ? (
            <div className="thread-quote">
              <span className="thread-quote-text">{quotedSelection.quote}</span>
            </div>
          ) : (
            <Text size="xs" c="dimmed">
              On the whole document
            </Text>
          )}
          <CommentForm
            key={quotedSelection?.anchor.start}
            label="Comment"
            sendLabel="Comment"
            people={people}
            isBusy={starting.isPending}
            autoFocus
            onSend={start}
            onCancel={() => {
              onQuotedSelection(null)
              setIsOnWholeDocument(false)
              starting.reset()
            }}
          />
          {starting.error && (
            <Alert color="red" role="alert">
              {toErrorMessage(starting.error)}
            </Alert>
          )}
        </section>
      )}
      <div className="thread-list-header">
        <SegmentedControl
          size="xs"
          aria-label="Which threads"
          value={state}
          onChange={(value) => setState(value as 'open' | 'resolved')}
          data={[
            { value: 'open', label: `Open ${allThreads.length - resolved}` },
            { value: 'resolved', label: `Resolved ${resolved}` },
          ]}
        />
        {canComment && !quotedSelection && !isOnWholeDocument && (
          <Button size="compact-sm" variant="subtle" onClick={() => setIsOnWholeDocument(true)}>
            On the document
          </Button>
        )}
      </div>
      {threads.isPending && <Skeleton h={90} aria-label="Loading" />}
      {threads.error && <Alert color="red">{toErrorMessage(threads.error)}</Alert>}
      {threads.data && shown.length === 0 && !quotedSelection && !isOnWholeDocument && (
        <Text size="sm" c="dimmed" ta="center" py="lg">
          {state === 'resolved'
            ? 'Nothing is resolved yet.'
            : canComment
              ? 'Nobody has said anything yet. Choose some words in the text to comment on them.'
              : 'Nobody has said anything yet.'}
        </Text>
      )}
      {shown.map((thread) => (
        <CommentThread
          key={thread.id}
          thread={thread}
          liveDocument={liveDocument}
          user={user}
          people={people}
          canComment={canComment}
          isOwner={isOwner}
          isActive={thread.id === activeThreadId}
          isPlaced={thread.id in positions}
          onOpen={() => open(thread)}
        />
      ))}
    </div>
  )
}
