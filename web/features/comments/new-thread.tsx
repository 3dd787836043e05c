import { useState } from 'react'
import type { Thread } from '../../lib/api-types.ts'
import { ReviewError } from './review-error.tsx'
import { CommentForm } from './comment-form.tsx'
import { type QuotedSelection, useReviewRequest } from './comment-queries.ts'
import { useReview } from './review-context.ts'
import { ThreadQuote } from './thread-quote.tsx'

/** Whether the form for a new thread is open. It opens for selected words, or for the whole document. */
export function useNewThread(
  quotedSelection: QuotedSelection | null,
  onQuotedSelection: (quotedSelection: QuotedSelection | null) => void,
) {
  const [isOnWholeDocument, setIsOnWholeDocument] = useState(false)
  return {
    isOpen: quotedSelection !== null || isOnWholeDocument,
    openOnWholeDocument: () => setIsOnWholeDocument(true),
    close: () => {
      onQuotedSelection(null)
      setIsOnWholeDocument(false)
    },
  }
}

interface NewThreadProps {
  /** Null: the thread is on the whole document. */
  quotedSelection: QuotedSelection | null
  onStarted: (thread: Thread) => void
  onCancel: () => void
}

/** Starts a thread with its first comment. */
export function NewThread({ quotedSelection, onStarted, onCancel }: NewThreadProps) {
  const { liveDocument, people } = useReview()
  const starting = useReviewRequest(liveDocument)
  function start(text: string) {
    const body = { text, ...(quotedSelection && { anchor: quotedSelection.anchor }) }
    starting.mutate({ method: 'POST', path: 'comments', body }, { onSuccess: (thread) => onStarted(thread as Thread) })
  }
  return (
    <section className="thread" data-active aria-label="New comment">
      <ThreadQuote quote={quotedSelection?.quote ?? null} />
      <CommentForm
        key={quotedSelection?.anchor.start}
        label="Comment"
        sendLabel="Comment"
        people={people}
        isBusy={starting.isPending}
        autoFocus
        onSend={start}
        onCancel={onCancel}
      />
      <ReviewError error={starting.error} />
    </section>
  )
}
