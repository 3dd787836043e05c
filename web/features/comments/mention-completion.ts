import { type KeyboardEvent, type RefObject, useId, useState } from 'react'
import type { Member } from '../../lib/api-types.ts'
import type { CommentDraft } from './comment-draft.ts'
import { findTypedMention } from './mentions.ts'

const maxOptions = 5
const listKeys = ['ArrowDown', 'ArrowUp', 'Enter', 'Tab', 'Escape']

/** Suggests people while a name is typed after `@`. Arrows choose one of them, Enter or Tab inserts the name. */
export function useMentionCompletion(field: RefObject<HTMLTextAreaElement | null>, people: Member[], draft: CommentDraft) {
  /** What is typed after the `@`; null while no mention is typed. */
  const [typedName, setTypedName] = useState<string | null>(null)
  const [optionIndex, setOptionIndex] = useState(0)
  const listId = useId()
  const options =
    typedName === null ? [] : people.filter(({ name }) => name.toLowerCase().startsWith(typedName.toLowerCase())).slice(0, maxOptions)
  const activeIndex = Math.min(optionIndex, options.length - 1)

  function update() {
    const { value, selectionStart } = field.current ?? { value: '', selectionStart: 0 }
    setTypedName(findTypedMention(value, selectionStart))
    setOptionIndex(0)
  }
  function choose(person: Member) {
    const caret = field.current?.selectionStart ?? draft.text.length
    const start = caret - (typedName?.length ?? 0)
    const caretAfter = start + person.name.length + 1
    draft.insertMention(person, start, caret)
    setTypedName(null)
    field.current?.focus()
    requestAnimationFrame(() => field.current?.setSelectionRange(caretAfter, caretAfter))
  }
  /** Returns whether the key was for the list. */
  function handleKeyDown(event: KeyboardEvent): boolean {
    if (options.length === 0 || !listKeys.includes(event.key) || event.ctrlKey || event.metaKey) return false
    event.preventDefault()
    event.stopPropagation()
    if (event.key === 'Escape') setTypedName(null)
    else if (event.key.startsWith('Arrow'))
      setOptionIndex((activeIndex + (event.key === 'ArrowDown' ? 1 : options.length - 1)) % options.length)
    else choose(options[activeIndex] as Member)
    return true
  }
  return { listId, options, activeIndex, update, close: () => setTypedName(null), choose, handleKeyDown }
}
