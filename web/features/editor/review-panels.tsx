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
import { SelectionBubbleMenu } from './toolbar/bubble-menu.tsx'
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
      onUnsupported: (message) => current.current?.onUnsupported(message),
    }),
    [],
  )
  const setCallbacks = useCallback((next: EditorCallbacks) => {
    current.current = next
  }, [])
  return { callbacks, setCallbacks }
}

/**
 * What the user has opened: a thread, a suggestion, or selected words to comment on.
 * @param onTabChange opens a tab of the side panel; it keeps its identity
 */
function useOpenedReview(onTabChange: (key: string | null) => void) {
  const [thread, setThread] = useState<string | null>(null)
  const [suggestion, setSuggestion] = useState<string | null>(null)
  const [quotedSelection, setQuotedSelection] = useState<QuotedSelection | null>(null)
  const openThread = useCallback(
    (id: string) => {
      setThread(id)
      onTabChange('comments')
    },
    [onTabChange],
  )
  function openSuggestion(id: string) {
    setSuggestion(id)
    onTabChange('suggestions')
  }
  const startComment = useCallback(
    (next: QuotedSelection) => {
      setQuotedSelection(next)
      setThread(null)
      onTabChange('comments')
    },
    [onTabChange],
  )
  return { thread, setThread, openThread, suggestion, setSuggestion, openSuggestion, quotedSelection, setQuotedSelection, startComment }
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

/** The tabs of the side panel for comments and suggestions, and the menu on selected text for users who may comment. */
export function useReviewPanels({ editor, liveDocument, user, record, canWrite, setCallbacks, onTabChange }: ReviewPanelsOptions) {
  useSubscription(liveDocument.name)
  const isWide = useIsWide()
  const people = useMembers(liveDocument.name)
  const opened = useOpenedReview(onTabChange)
  useCommentMarks(editor, liveDocument, opened.thread, opened.quotedSelection)
  setCallbacks({
    onThread: opened.openThread,
    onSuggestion: opened.openSuggestion,
    onRefused: () => showToast('This change cannot be suggested. Switch to “Editing” to make it.', 'red'),
    onUnsupported: (message) => showToast(message, 'red'),
  })
  useDeepLink(editor, { thread: opened.openThread, suggestion: opened.openSuggestion })

  const canComment = record !== null && record.role !== 'viewer'
  const isOwner = record?.role === 'owner'
  const shared = { editor, liveDocument, user, people, canComment, isOwner, onShowText: () => !isWide && onTabChange(null) }
  const comments = (
    <CommentsPanel
      {...shared}
      activeThreadId={opened.thread}
      onActivate={opened.setThread}
      quotedSelection={opened.quotedSelection}
      onQuotedSelection={opened.setQuotedSelection}
    />
  )
  const suggestions = <SuggestionsPanel {...shared} canDecide={canWrite} activeMark={opened.suggestion} onActivate={opened.setSuggestion} />
  const tabs: SidePanelTab[] = [
    { key: 'comments', label: 'Comments', icon: MessageSquareText, content: comments },
    { key: 'suggestions', label: 'Suggestions', icon: PencilLine, content: suggestions },
  ]
  const selectionMenu = canComment && <SelectionBubbleMenu editor={editor} onComment={opened.startComment} onThread={opened.openThread} />
  return { tabs, selectionMenu }
}
