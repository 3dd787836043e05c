import { Alert, Button, Group, Modal, Text, Textarea } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import type { EditorState } from '@tiptap/pm/state'
import { BubbleMenu } from '@tiptap/react/menus'
import { MessageSquarePlus, PencilLine } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import { createAnchor } from '../../comments/anchors.ts'
import { findThreadAt } from '../../comments/comment-decorations.ts'
import type { LiveDocument } from '../../../lib/collab/live-document.ts'
import { toErrorMessage } from '../../../lib/problem.ts'
import { showToast } from '../../../ui/toast.ts'
import { type QuotedSelection, useReviewRequest } from '../../comments/comment-queries.ts'

/** Quotes the selected text; null if nothing is selected. */
function quoteSelection(state: EditorState): QuotedSelection | null {
  const { from, to } = state.selection
  const quote = state.doc.textBetween(from, to, '\n')
  const anchor = quote.trim() === '' ? null : createAnchor(state, { from, to })
  return anchor && { anchor, quote }
}

/** A dialog for commenters: suggests a replacement of the quoted text. */
function SuggestChangeDialog({
  liveDocument,
  quotedSelection,
  onClose,
}: {
  liveDocument: LiveDocument
  quotedSelection: QuotedSelection | null
  onClose: () => void
}) {
  const [text, setText] = useState('')
  const suggesting = useReviewRequest(liveDocument)
  const quote = quotedSelection?.quote ?? ''
  useEffect(() => setText(quote), [quote, quotedSelection])

  function submit(event: FormEvent) {
    event.preventDefault()
    event.stopPropagation()
    const body = { kind: text === '' ? 'delete' : 'replace', anchor: quotedSelection?.anchor, ...(text !== '' && { text }) }
    suggesting.mutate(
      { method: 'POST', path: 'suggestions', body },
      {
        onSuccess: () => {
          showToast('Your suggestion is in the text.')
          onClose()
        },
      },
    )
  }
  return (
    <Modal opened={quotedSelection !== null} onClose={onClose} title="Suggest a change">
      <form onSubmit={submit}>
        <Text size="sm" c="dimmed" mb={4}>
          The words now
        </Text>
        <blockquote className="quoted-text">{quote}</blockquote>
        <Textarea
          label="The words instead"
          description="Leave it empty to suggest that they go."
          autosize
          minRows={2}
          maxRows={10}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {suggesting.error && (
          <Alert color="red" role="alert" mt="sm">
            {toErrorMessage(suggesting.error)}
          </Alert>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={suggesting.isPending} disabled={text === quote}>
            Suggest
          </Button>
        </Group>
      </form>
    </Modal>
  )
}

interface SelectionBubbleMenuProps {
  editor: Editor
  liveDocument: LiveDocument
  /** The user may suggest but not edit. */
  canSuggest: boolean
  onComment: (quotedSelection: QuotedSelection) => void
  onThread: (threadId: string) => void
}

/** Comments on selected text or suggests a change. Ctrl+Alt+M comments too; without a selection it opens the thread at the caret. */
export function SelectionBubbleMenu({ editor, liveDocument, canSuggest, onComment, onThread }: SelectionBubbleMenuProps) {
  const [quotedSelection, setQuotedSelection] = useState<QuotedSelection | null>(null)

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (!(event.ctrlKey || event.metaKey) || !event.altKey || event.code !== 'KeyM') return
      const quoted = quoteSelection(editor.state)
      const thread = findThreadAt(editor.state, editor.state.selection.head)
      if (!quoted && !thread) return
      event.preventDefault()
      if (!quoted) return onThread(thread as string)
      editor.commands.setTextSelection(editor.state.selection.to)
      onComment(quoted)
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [editor, onComment, onThread])

  /** Collapses the selection, which also hides this menu. The quoted text is highlighted instead. */
  function withQuotedSelection(action: (quoted: QuotedSelection) => void) {
    const quoted = quoteSelection(editor.state)
    if (!quoted) return
    editor.commands.setTextSelection(editor.state.selection.to)
    action(quoted)
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
