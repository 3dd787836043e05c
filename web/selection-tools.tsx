import { Alert, Button, Group, Modal, Text, Textarea } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import type { EditorState } from '@tiptap/pm/state'
import { BubbleMenu } from '@tiptap/react/menus'
import { MessageSquarePlus, PencilLine } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import { anchorOf } from './anchors.ts'
import { threadAt } from './comment-marks.ts'
import type { LiveDocument } from './live.ts'
import { explain } from './problem.ts'
import { say } from './toast.ts'
import { type Begun, useAsking } from './threads.ts'

/** The chosen words, as one speaks of them; null where none are. */
function chosenIn(state: EditorState): Begun | null {
  const { from, to } = state.selection
  const quote = state.doc.textBetween(from, to, '\n')
  const anchor = quote.trim() === '' ? null : anchorOf(state, { from, to })
  return anchor && { anchor, quote }
}

/** A dialog for those who may not write: what the chosen words should be. */
function SuggestChange({ live, begun, onClose }: { live: LiveDocument; begun: Begun | null; onClose: () => void }) {
  const [text, setText] = useState('')
  const asking = useAsking(live)
  const quote = begun?.quote ?? ''
  useEffect(() => setText(quote), [quote, begun])

  function submit(event: FormEvent) {
    event.preventDefault()
    event.stopPropagation()
    const body = { kind: text === '' ? 'delete' : 'replace', anchor: begun?.anchor, ...(text !== '' && { text }) }
    asking.mutate(
      { method: 'POST', path: 'suggestions', body },
      {
        onSuccess: () => {
          say('Your suggestion is in the text.')
          onClose()
        },
      },
    )
  }
  return (
    <Modal opened={begun !== null} onClose={onClose} title="Suggest a change">
      <form onSubmit={submit}>
        <Text size="sm" c="dimmed" mb={4}>
          The words now
        </Text>
        <blockquote className="chosen-words">{quote}</blockquote>
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
        {asking.error && (
          <Alert color="red" role="alert" mt="sm">
            {explain(asking.error)}
          </Alert>
        )}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={asking.isPending} disabled={text === quote}>
            Suggest
          </Button>
        </Group>
      </form>
    </Modal>
  )
}

interface SelectionToolsProps {
  editor: Editor
  live: LiveDocument
  /** For those who may not write, but suggest. */
  suggests: boolean
  onComment: (begun: Begun) => void
  onThread: (threadId: string) => void
}

/** Beside chosen words: comment on them, or suggest others. Ctrl+Alt+M comments, too; where nothing is chosen, it opens the thread at the caret. */
export function SelectionTools({ editor, live, suggests, onComment, onThread }: SelectionToolsProps) {
  const [begun, setBegun] = useState<Begun | null>(null)

  useEffect(() => {
    function onKeys(event: KeyboardEvent) {
      if (!(event.ctrlKey || event.metaKey) || !event.altKey || event.code !== 'KeyM') return
      const chosen = chosenIn(editor.state)
      const thread = threadAt(editor.state, editor.state.selection.head)
      if (!chosen && !thread) return
      event.preventDefault()
      if (!chosen) return onThread(thread as string)
      editor.commands.setTextSelection(editor.state.selection.to)
      onComment(chosen)
    }
    document.addEventListener('keydown', onKeys)
    return () => document.removeEventListener('keydown', onKeys)
  }, [editor, onComment, onThread])

  /** The words are marked from here on; the selection, and this menu with it, is not needed. */
  function withChosen(act: (chosen: Begun) => void) {
    const chosen = chosenIn(editor.state)
    if (!chosen) return
    editor.commands.setTextSelection(editor.state.selection.to)
    act(chosen)
  }
  return (
    <>
      <BubbleMenu
        editor={editor}
        className="selection-tools"
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
          onClick={() => withChosen(onComment)}
        >
          Comment
        </Button>
        {suggests && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<PencilLine size={16} aria-hidden="true" />}
            onClick={() => withChosen(setBegun)}
          >
            Suggest a change
          </Button>
        )}
      </BubbleMenu>
      <SuggestChange live={live} begun={begun} onClose={() => setBegun(null)} />
    </>
  )
}
