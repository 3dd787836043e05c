/** Comments and suggestions: their highlights in the text and their tabs in the side panel. */
import '../suggestions/suggestions.css'
import type { Editor } from '@tiptap/core'
import { MessageSquareText, PencilLine } from 'lucide-react'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useDeepLink } from './deep-link.ts'
import { type SidePanelTab, useIsWide } from '../../ui/side-panel.tsx'
import { CommentsPanel, useCommentMarks } from '../comments/comments-panel.tsx'
import type { User } from '../../lib/api-types.ts'
import type { StoredDocument } from '../../lib/collab/offline-store.ts'
import type { EditorCallbacks } from './extensions/extensions.ts'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { useSubscription } from '../../lib/event-stream.ts'
import { SuggestionsPanel } from '../suggestions/suggestions-panel.tsx'
import { type QuotedSelection, useMembers } from '../comments/comment-queries.ts'
import { showToast } from '../../ui/toast.ts'

/** Returns callbacks with a stable identity, because the editor is created with them. `setCallbacks` sets what they call. */
export function useEditorCallbacks(): { callbacks: EditorCallbacks; setCallbacks: (callbacks: EditorCallbacks) => void } {
  const current = useRef<EditorCallbacks | null>(null)
  const callbacks = useMemo<EditorCallbacks>(
    () => ({
      onThread: (id) => current.current?.onThread(id),
      onSuggestion: (id) => current.current?.onSuggestion(id),
      onRefused: () => current.current?.onRefused(),
    }),
    [],
  )
  const setCallbacks = useCallback((next: EditorCallbacks) => {
    current.current = next
  }, [])
  return { callbacks, setCallbacks }
}

interface ReviewPanelsOptions {
  editor: Editor
  liveDocument: LiveDocument
  user: User
  record: StoredDocument | null
  canWrite: boolean
  setCallbacks: (callbacks: EditorCallbacks) => void
  onTabChange: (key: string | null) => void
}

/** The tabs of the side panel for comments and suggestions, and the actions on selected text. */
export function useReviewPanels({ editor, liveDocument, user, record, canWrite, setCallbacks, onTabChange }: ReviewPanelsOptions) {
  useSubscription(liveDocument.name)
  const isWide = useIsWide()
  const people = useMembers(liveDocument.name)
  const [thread, setThread] = useState<string | null>(null)
  const [suggestion, setSuggestion] = useState<string | null>(null)
  const [quotedSelection, setQuotedSelection] = useState<QuotedSelection | null>(null)
  useCommentMarks(editor, liveDocument, thread, quotedSelection)
  const canComment = record !== null && record.role !== 'viewer'

  setCallbacks({
    onThread(id) {
      setThread(id)
      onTabChange('comments')
    },
    onSuggestion(id) {
      setSuggestion(id)
      onTabChange('suggestions')
    },
    onRefused: () => showToast('This change cannot be suggested. Switch to “Editing” to make it.', 'red'),
  })
  useDeepLink(editor, {
    thread(id) {
      setThread(id)
      onTabChange('comments')
    },
    suggestion(id) {
      setSuggestion(id)
      onTabChange('suggestions')
    },
  })
  const onComment = useCallback(
    (next: QuotedSelection) => {
      setQuotedSelection(next)
      setThread(null)
      onTabChange('comments')
    },
    [onTabChange],
  )

  const onShowText = () => !isWide && onTabChange(null)
  const tabs: SidePanelTab[] = [
    {
      key: 'comments',
      label: 'Comments',
      icon: MessageSquareText,
      content: (
        <CommentsPanel
          editor={editor}
          liveDocument={liveDocument}
          user={user}
          people={people}
          canComment={canComment}
          isOwner={record?.role === 'owner'}
          activeThreadId={thread}
          onActivate={setThread}
          quotedSelection={quotedSelection}
          onQuotedSelection={setQuotedSelection}
          onShowText={onShowText}
        />
      ),
    },
    {
      key: 'suggestions',
      label: 'Suggestions',
      icon: PencilLine,
      content: (
        <SuggestionsPanel
          editor={editor}
          liveDocument={liveDocument}
          user={user}
          people={people}
          canDecide={canWrite}
          activeMark={suggestion}
          onActivate={setSuggestion}
          onShowText={onShowText}
        />
      ),
    },
  ]
  return { tabs, canComment, canSuggest: canComment && !canWrite && !record.frozenAt, onComment }
}
