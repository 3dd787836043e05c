import './comments.css'
import { Alert, Button, SegmentedControl, Skeleton, Text } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEffect, useState } from 'react'
import { setCommentMarks } from './comment-decorations.ts'
import type { Thread } from '../../lib/api-types.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { scrollToElement } from '../../lib/scroll-to-element.ts'
import { CommentThread } from './comment-thread.tsx'
import { type QuotedSelection, useThreads } from './comment-queries.ts'
import { NewThread, useNewThread } from './new-thread.tsx'
import { type Review, ReviewContext, useReview } from './review-context.ts'
import { sortByPosition, useThreadPositions } from './thread-positions.ts'

type ThreadState = Thread['state']

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

/** Whether open or resolved threads are shown. A thread that is activated is among them. */
function useShownState(threads: readonly Thread[], activeThreadId: string | null) {
  const [state, setState] = useState<ThreadState>('open')
  const activeState = threads.find(({ id }) => id === activeThreadId)?.state
  useEffect(() => {
    if (activeState) setState(activeState)
  }, [activeThreadId, activeState])
  return [state, setState] as const
}

interface ThreadFilterProps {
  threads: readonly Thread[]
  state: ThreadState
  onChange: (state: ThreadState) => void
}

/** Chooses between open and resolved threads. */
function ThreadFilter({ threads, state, onChange }: ThreadFilterProps) {
  const resolved = threads.filter((thread) => thread.state === 'resolved').length
  return (
    <SegmentedControl
      size="xs"
      aria-label="Which threads"
      value={state}
      onChange={(value) => onChange(value as ThreadState)}
      data={[
        { value: 'open', label: `Open ${threads.length - resolved}` },
        { value: 'resolved', label: `Resolved ${resolved}` },
      ]}
    />
  )
}

function NoThreads({ state }: { state: ThreadState }) {
  const { canComment } = useReview()
  return (
    <Text size="sm" c="dimmed" ta="center" py="lg">
      {state === 'resolved'
        ? 'Nothing is resolved yet.'
        : canComment
          ? 'Nobody has said anything yet. Choose some words in the text to comment on them.'
          : 'Nobody has said anything yet.'}
    </Text>
  )
}

/** Scrolls the text to the words of a thread. */
function scrollToThread(editor: Editor, id: string) {
  scrollToElement(editor.view.dom.querySelector(`[data-thread="${CSS.escape(id)}"]`))
}

interface CommentsPanelProps extends Review {
  editor: Editor
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
  activeThreadId,
  onActivate,
  quotedSelection,
  onQuotedSelection,
  onShowText,
  ...review
}: CommentsPanelProps) {
  const threads = useThreads(review.liveDocument.name)
  // the comments on a suggestion are on its card
  const allThreads = (threads.data ?? []).filter(({ suggestionId }) => suggestionId === null)
  const [state, setState] = useShownState(allThreads, activeThreadId)
  const newThread = useNewThread(quotedSelection, onQuotedSelection)
  const positions = useThreadPositions(editor)
  const shownThreads = sortByPosition(
    allThreads.filter((thread) => thread.state === state),
    positions,
  )

  function showNewThread({ id }: Thread) {
    newThread.close()
    setState('open')
    onActivate(id)
  }
  function openThread({ id }: Thread) {
    onActivate(id)
    onShowText()
    scrollToThread(editor, id)
  }

  return (
    <ReviewContext value={review}>
      <div className="thread-list">
        {newThread.isOpen && <NewThread quotedSelection={quotedSelection} onStarted={showNewThread} onCancel={newThread.close} />}
        <div className="thread-list-header">
          <ThreadFilter threads={allThreads} state={state} onChange={setState} />
          {review.canComment && !newThread.isOpen && (
            <Button size="compact-sm" variant="subtle" onClick={newThread.openOnWholeDocument}>
              On the document
            </Button>
          )}
        </div>
        {threads.isPending && <Skeleton h={90} aria-label="Loading" />}
        {threads.error && <Alert color="red">{toErrorMessage(threads.error)}</Alert>}
        {threads.data && shownThreads.length === 0 && !newThread.isOpen && <NoThreads state={state} />}
        {shownThreads.map((thread) => (
          <CommentThread
            key={thread.id}
            thread={thread}
            isActive={thread.id === activeThreadId}
            isPlaced={positions.has(thread.id)}
            onOpen={() => openThread(thread)}
          />
        ))}
      </div>
    </ReviewContext>
  )
}
