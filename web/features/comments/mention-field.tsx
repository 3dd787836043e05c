import { Textarea, UnstyledButton } from '@mantine/core'
import { type KeyboardEvent, useRef } from 'react'
import type { Member } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import type { CommentDraft } from './comment-draft.ts'
import { useMentionCompletion } from './mention-completion.ts'

interface MentionOptionsProps {
  listId: string
  options: Member[]
  activeIndex: number
  onChoose: (person: Member) => void
}

/** The people whose names begin with what is typed after `@`. */
function MentionOptions({ listId, options, activeIndex, onChoose }: MentionOptionsProps) {
  return (
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
          onClick={() => onChoose(person)}
        >
          <Avatar id={person.userId} name={person.name} size={22} />
          {person.name}
        </UnstyledButton>
      ))}
    </div>
  )
}

interface MentionFieldProps {
  label: string
  draft: CommentDraft
  people: Member[]
  autoFocus: boolean
  /** Called for the keys that the list of people does not use. */
  onKeyDown: (event: KeyboardEvent) => void
}

/** The text of a comment. `@` suggests people to mention. */
export function MentionField({ label, draft, people, autoFocus, onKeyDown }: MentionFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const { listId, options, activeIndex, update, close, choose, handleKeyDown } = useMentionCompletion(field, people, draft)
  const hasOptions = options.length > 0
  return (
    <>
      <Textarea
        ref={field}
        aria-label={label}
        placeholder={`${label}; @ for somebody`}
        autosize
        minRows={1}
        maxRows={8}
        maxLength={5000}
        value={draft.text}
        autoFocus={autoFocus}
        aria-autocomplete="list"
        aria-controls={hasOptions ? listId : undefined}
        aria-activedescendant={hasOptions ? `${listId}-${activeIndex}` : undefined}
        onChange={(event) => {
          draft.change(event.currentTarget.value)
          update()
        }}
        onSelect={update}
        onBlur={close}
        onKeyDown={(event) => {
          if (!handleKeyDown(event)) onKeyDown(event)
        }}
      />
      <div role="status" className="visually-hidden">
        {hasOptions && `${options.length} ${options.length === 1 ? 'person' : 'people'} to mention`}
      </div>
      {hasOptions && <MentionOptions listId={listId} options={options} activeIndex={activeIndex} onChoose={choose} />}
    </>
  )
}
