import { Button, Group, Textarea, UnstyledButton } from '@mantine/core'
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react'
import type { Member } from './contract.ts'
import { Face } from './face.tsx'
import { fromKept, toKept, typedName } from './mention.ts'

interface CommentFieldProps {
  label: string
  send: string
  people: Member[]
  /** As it is kept. */
  initial?: string
  busy: boolean
  autoFocus?: boolean
  onSend: (text: string) => void
  onCancel?: (() => void) | undefined
  /** Enter sends, and the field is empty for what comes next; Shift+Enter begins a line. */
  enterSends?: boolean
  /** There is something to send beside the words. */
  ready?: boolean
  /** Beside the button. */
  tools?: ReactNode
  /** Hears what stands in the field, as it is kept. */
  onText?: (text: string) => void
}

/** Where a comment or a message is written. @ offers people; Ctrl+Enter sends, or Enter alone where it is said so; Escape leaves. */
export function CommentField(props: CommentFieldProps) {
  const { label, send, people, initial = '', busy, autoFocus, onSend, onCancel, enterSends, ready = false, tools, onText } = props
  const [begun] = useState(() => fromKept(initial, people))
  const [text, setText] = useState(begun.text)
  const [chosen, setChosen] = useState<{ userId: string; name: string }[]>(begun.chosen)
  const [typed, setTyped] = useState<string | null>(null)
  const [place, setPlace] = useState(0)
  const field = useRef<HTMLTextAreaElement>(null)
  const listId = useId()
  const offered = typed === null ? [] : people.filter(({ name }) => name.toLowerCase().startsWith(typed.toLowerCase())).slice(0, 5)
  const at = Math.min(place, offered.length - 1)
  const nothing = text.trim() === '' && !ready

  function look() {
    const { value, selectionStart } = field.current ?? { value: '', selectionStart: 0 }
    setTyped(typedName(value, selectionStart))
    setPlace(0)
  }
  function write(next: string, named = chosen) {
    setText(next)
    onText?.(toKept(next, named))
  }
  function choose({ userId, name }: Member) {
    const caret = field.current?.selectionStart ?? text.length
    const start = caret - (typed?.length ?? 0)
    const next = `${text.slice(0, start)}${name} ${text.slice(caret)}`
    const named = [...chosen.filter((one) => one.userId !== userId), { userId, name }]
    setChosen(named)
    write(next, named)
    setTyped(null)
    field.current?.focus()
    requestAnimationFrame(() => field.current?.setSelectionRange(start + name.length + 1, start + name.length + 1))
  }
  function submit() {
    if (nothing || busy) return
    onSend(toKept(text.trim(), chosen))
    if (!enterSends) return
    setChosen([])
    write('', [])
  }
  function onKeyDown(event: KeyboardEvent) {
    const known = ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape']
    if (offered.length > 0 && known.includes(event.key) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      event.stopPropagation()
      if (event.key === 'Escape') setTyped(null)
      else if (event.key.startsWith('Arrow')) setPlace((at + (event.key === 'ArrowDown' ? 1 : offered.length - 1)) % offered.length)
      else choose(offered[at] as Member)
    } else if (
      event.key === 'Enter' &&
      (event.ctrlKey || event.metaKey || (enterSends && !event.shiftKey && !event.nativeEvent.isComposing))
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
      className="comment-field"
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
        aria-controls={offered.length > 0 ? listId : undefined}
        aria-activedescendant={offered.length > 0 ? `${listId}-${at}` : undefined}
        onChange={(event) => {
          write(event.currentTarget.value)
          look()
        }}
        onSelect={look}
        onBlur={() => setTyped(null)}
        onKeyDown={onKeyDown}
      />
      <div role="status" className="unseen">
        {offered.length > 0 && `${offered.length} ${offered.length === 1 ? 'person' : 'people'} to mention`}
      </div>
      {offered.length > 0 && (
        <div id={listId} role="listbox" aria-label="People to mention" className="mention-list">
          {offered.map((person, index) => (
            <UnstyledButton
              key={person.userId}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              data-at={index === at || undefined}
              className="mention-choice"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => choose(person)}
            >
              <Face id={person.userId} name={person.name} size={22} />
              {person.name}
            </UnstyledButton>
          ))}
        </div>
      )}
      {(!nothing || onCancel || tools) && (
        <Group gap="xs" mt="xs" justify="flex-end" wrap="nowrap">
          {tools}
          {onCancel && (
            <Button size="xs" variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button size="xs" type="submit" loading={busy} disabled={nothing}>
            {send}
          </Button>
        </Group>
      )}
    </form>
  )
}
