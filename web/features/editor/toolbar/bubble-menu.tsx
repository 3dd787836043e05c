import { Button } from '@mantine/core'
import { type Editor, getTextBetween, getTextSerializersFromSchema } from '@tiptap/core'
import type { EditorState } from '@tiptap/pm/state'
import { BubbleMenu } from '@tiptap/react/menus'
import { MessageSquarePlus } from 'lucide-react'
import { useEffect } from 'react'
import { createAnchor } from '../../comments/anchors.ts'
import { findThreadAt } from '../../comments/comment-decorations.ts'
import type { QuotedSelection } from '../../comments/comment-queries.ts'

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
  onComment: (quotedSelection: QuotedSelection) => void
  onThread: (threadId: string) => void
}

/** Comments on selected text. */
export function SelectionBubbleMenu({ editor, onComment, onThread }: SelectionBubbleMenuProps) {
  useCommentShortcut(editor, onComment, onThread)

  function comment() {
    const quoted = takeQuotedSelection(editor)
    if (quoted) onComment(quoted)
  }
  return (
    <BubbleMenu
      editor={editor}
      className="bubble-menu"
      role="toolbar"
      aria-label="Selected text"
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
        onClick={comment}
      >
        Comment
      </Button>
    </BubbleMenu>
  )
}
