import { Button, Group } from '@mantine/core'
import type { FormEvent, KeyboardEvent, ReactNode } from 'react'
import type { Member } from '../../lib/api-types.ts'
import { useCommentDraft } from './comment-draft.ts'
import { MentionField } from './mention-field.tsx'

interface CommentFormProps {
  label: string
  sendLabel: string
  people: Member[]
  /** The stored text, with mentions as ids. */
  initial?: string
  isBusy: boolean
  autoFocus?: boolean
  onSend: (text: string) => void
  onCancel?: (() => void) | undefined
  /** Enter sends and clears the field; Shift+Enter inserts a line break. */
  sendOnEnter?: boolean
  /** The form can be sent with an empty text, because something is attached. */
  canSendEmpty?: boolean
  /** Shown beside the send button. */
  tools?: ReactNode
  /** Called with the stored text whenever it changes. */
  onTextChange?: (text: string) => void
}

/** Whether a key sends the form: Ctrl+Enter always, Enter alone with `sendOnEnter`, but not while an input method composes a word. */
function isSendKey({ key, ctrlKey, metaKey, shiftKey, nativeEvent }: KeyboardEvent, sendOnEnter: boolean): boolean {
  return key === 'Enter' && (ctrlKey || metaKey || (sendOnEnter && !shiftKey && !nativeEvent.isComposing))
}

/** Writes a comment or a message. `@` suggests people to mention. Ctrl+Enter sends (Enter with `sendOnEnter`), Escape cancels. */
export function CommentForm(props: CommentFormProps) {
  const { label, sendLabel, people, initial = '', isBusy, onSend, onCancel, sendOnEnter = false, tools, onTextChange } = props
  const draft = useCommentDraft({ initial, people, onTextChange })
  const isEmpty = draft.text.trim() === '' && !props.canSendEmpty

  function send(event: FormEvent | KeyboardEvent) {
    event.preventDefault()
    if (isEmpty || isBusy) return
    onSend(draft.encode())
    if (sendOnEnter) draft.clear()
  }
  function handleKeyDown(event: KeyboardEvent) {
    if (isSendKey(event, sendOnEnter)) send(event)
    else if (event.key === 'Escape' && onCancel) {
      event.preventDefault()
      event.stopPropagation()
      onCancel()
    }
  }

  return (
    <form className="comment-form" onSubmit={send}>
      <MentionField label={label} draft={draft} people={people} autoFocus={props.autoFocus ?? false} onKeyDown={handleKeyDown} />
      {(!isEmpty || onCancel || tools) && (
        <Group gap="xs" mt="xs" justify="flex-end" wrap="nowrap">
          {tools}
          {onCancel && (
            <Button size="xs" variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button size="xs" type="submit" loading={isBusy} disabled={isEmpty}>
            {sendLabel}
          </Button>
        </Group>
      )}
    </form>
  )
}
