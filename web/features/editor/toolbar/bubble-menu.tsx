import { Button } from '@mantine/core'
import { type Editor, getTextBetween, getTextSerializersFromSchema } from '@tiptap/core'
import type { EditorState } from '@tiptap/pm/state'
import { BubbleMenu } from '@tiptap/react/menus'
import { MessageSquarePlus, PencilLine } from 'lucide-react'
import { useEffect, useState } from 'react'
import { createAnchor } from '../../comments/anchors.ts'
import { findThreadAt } from '../../comments/comment-decorations.ts'
import type { LiveDocument } from '../../../lib/collab/live-document.ts'
import type { QuotedSelection } from '../../comments/comment-queries.ts'
import { SuggestChangeDialog } from './suggest-change-dialog.tsx'

/** Quotes the selected text; null if nothing is selected. */
function quoteSelection(state: EditorState): QuotedSelection | null {
  const { from, to } = state.selection
  const quote = getTextBetween(
    state.doc,
    { from, to },
    { blockSeparator: '\n', textSerializers: getTextSerializersFromSchema(state.schema) },
  )
  const anchor = quote.trim() === '' ? null : createAnchor(state, { from, to })
  return anchor && { anchor, quote }
}

/** Quotes the selected text and collapses the selection, which also hides the menu. The quoted text is highlighted instead. */
function takeQuotedSelection(editor: Editor): QuotedSelection | null {
  const quoted = quoteSelection(editor.state)
  if (quoted) editor.commands.setTextSelection(editor.state.selection.to)
  return quoted
}

/** Ctrl+Alt+M comments on the selected text; without a selection it opens the thread at the caret. */
function useCommentShortcut(editor: Editor, onComment: (quotedSelection: QuotedSelection) => void, onThread: (threadId: string) => void) {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (!(event.ctrlKey || event.metaKey) || !event.altKey || event.code !== 'KeyM') return
      const quoted = takeQuotedSelection(editor)
      const thread = quoted ? null : findThreadAt(editor.state, editor.state.selection.head)
      if (!quoted && !thread) return
      event.preventDefault()
      if (quoted) onComment(quoted)
      else if (thread) onThread(thread)
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [editor, onComment, onThread])
}

interface SelectionBubbleMenuProps {
  editor: Editor
  liveDocument: LiveDocument
  /** The user may suggest but not edit. */
  canSuggest: boolean
  onComment: (quotedSelection: QuotedSelection) => void
  onThread: (threadId: string) => void
}

/** Comments on selected text or suggests a change. */
export function SelectionBubbleMenu({ editor, liveDocument, canSuggest, onComment, onThread }: SelectionBubbleMenuProps) {
  const [quotedSelection, setQuotedSelection] = useState<QuotedSelection | null>(null)
  useCommentShortcut(editor, onComment, onThread)

  function withQuotedSelection(action: (quoted: QuotedSelection) => void) {
    const quoted = takeQuotedSelection(editor)
    if (quoted) action(quoted)
  }
  return (
    <>
      <BubbleMenu
        editor={editor}
        className="bubble-menu"
        role="toolbar"
        aria-label="Chosen words"
        options={{ placement: 'bottom', offset: 8, shift: { padding: 8 }, flip: { padding: 8 } }}
        shouldShow={({ state, view, element }) =>
          !state.selection.empty &&
          state.doc.textBetween(state.selection.from, state.selection.to).trim() !== '' &&
          (!view.editable || view.hasFocus() || element.contains(document.activeElement))
        }
      >
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<MessageSquarePlus size={16} aria-hidden="true" />}
          aria-keyshortcuts="Control+Alt+M"
          onClick={() => withQuotedSelection(onComment)}
        >
          Comment
        </Button>
        {canSuggest && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<PencilLine size={16} aria-hidden="true" />}
            onClick={() => withQuotedSelection(setQuotedSelection)}
          >
            Suggest a change
          </Button>
        )}
      </BubbleMenu>
      <SuggestChangeDialog liveDocument={liveDocument} quotedSelection={quotedSelection} onClose={() => setQuotedSelection(null)} />
    </>
  )
}
