import { Button, Group, Textarea, UnstyledButton } from '@mantine/core'
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react'
import type { Member } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { decodeMentions, encodeMentions, findTypedMention } from './mentions.ts'

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

/** Writes a comment or a message. `@` suggests people to mention. Ctrl+Enter sends (Enter with `sendOnEnter`), Escape cancels. */
export function CommentForm(props: CommentFormProps) {
  const {
    label,
    sendLabel,
    people,
    initial = '',
    isBusy,
    autoFocus,
    onSend,
    onCancel,
    sendOnEnter,
    canSendEmpty = false,
    tools,
    onTextChange,
  } = props
  const [initialDraft] = useState(() => decodeMentions(initial, people))
  const [text, setText] = useState(initialDraft.text)
  const [mentioned, setMentioned] = useState<{ userId: string; name: string }[]>(initialDraft.mentioned)
  const [typedMention, setTypedMention] = useState<string | null>(null)
  const [optionIndex, setOptionIndex] = useState(0)
  const field = useRef<HTMLTextAreaElement>(null)
  const listId = useId()
  const options =
    typedMention === null ? [] : people.filter(({ name }) => name.toLowerCase().startsWith(typedMention.toLowerCase())).slice(0, 5)
  const activeIndex = Math.min(optionIndex, options.length - 1)
  const isEmpty = text.trim() === '' && !canSendEmpty

  function updateTypedMention() {
    const { value, selectionStart } = field.current ?? { value: '', selectionStart: 0 }
    setTypedMention(findTypedMention(value, selectionStart))
    setOptionIndex(0)
  }
  function changeText(next: string, nextMentioned = mentioned) {
    setText(next)
    onTextChange?.(encodeMentions(next, nextMentioned))
  }
  function insertMention({ userId, name }: Member) {
    const caret = field.current?.selectionStart ?? text.length
    const start = caret - (typedMention?.length ?? 0)
    const next = `${text.slice(0, start)}${name} ${text.slice(caret)}`
    const nextMentioned = [...mentioned.filter((user) => user.userId !== userId), { userId, name }]
    setMentioned(nextMentioned)
    changeText(next, nextMentioned)
    setTypedMention(null)
    field.current?.focus()
    requestAnimationFrame(() => field.current?.setSelectionRange(start + name.length + 1, start + name.length + 1))
  }
  function submit() {
    if (isEmpty || isBusy) return
    onSend(encodeMentions(text.trim(), mentioned))
    if (!sendOnEnter) return
    setMentioned([])
    changeText('', [])
  }
  function onKeyDown(event: KeyboardEvent) {
    const listKeys = ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape']
    if (options.length > 0 && listKeys.includes(event.key) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      event.stopPropagation()
      if (event.key === 'Escape') setTypedMention(null)
      else if (event.key.startsWith('Arrow'))
        setOptionIndex((activeIndex + (event.key === 'ArrowDown' ? 1 : options.length - 1)) % options.length)
      else insertMention(options[activeIndex] as Member)
    } else if (
      event.key === 'Enter' &&
      (event.ctrlKey || event.metaKey || (sendOnEnter && !event.shiftKey && !event.nativeEvent.isComposing))
    ) {
      event.preventDefault()
      submit()
    } else if (event.key === 'Escape' && onCancel) {
      event.preventDefault()
      event.stopPropagation()
      onCancel()
    }
  }

  return (
    <form
      className="comment-form"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Textarea
        ref={field}
        aria-label={label}
        placeholder={`${label}; @ for somebody`}
        autosize
        minRows={1}
        maxRows={8}
        maxLength={5000}
        value={text}
        autoFocus={autoFocus ?? false}
        aria-autocomplete="list"
        aria-controls={options.length > 0 ? listId : undefined}
        aria-activedescendant={options.length > 0 ? `${listId}-${activeIndex}` : undefined}
        onChange={(event) => {
          changeText(event.currentTarget.value)
          updateTypedMention()
        }}
        onSelect={updateTypedMention}
        onBlur={() => setTypedMention(null)}
        onKeyDown={onKeyDown}
      />
      <div role="status" className="visually-hidden">
        {options.length > 0 && `${options.length} ${options.length === 1 ? 'person' : 'people'} to mention`}
      </div>
      {options.length > 0 && (
        <div id={listId} role="listbox" aria-label="People to mention" className="mention-list">
          {options.map((person, index) => (
            <UnstyledButton
              key={person.userId}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === activeIndex}
              data-highlighted={index === activeIndex || undefined}
              className="mention-option"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => insertMention(person)}
            >
              <Avatar id={person.userId} name={person.name} size={22} />
              {person.name}
            </UnstyledButton>
          ))}
        </div>
      )}
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
