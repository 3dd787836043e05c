import { useState } from 'react'
import type { Member } from '../../lib/api-types.ts'
import { decodeMentions, encodeMentions } from './mentions.ts'

interface CommentDraftOptions {
  /** The stored text, with mentions as ids. */
  initial: string
  people: Member[]
  /** Called with the stored text whenever it changes. */
  onTextChange: ((text: string) => void) | undefined
}

export type CommentDraft = ReturnType<typeof useCommentDraft>

/** The text of a comment while it is written: mentions are names in it. */
export function useCommentDraft({ initial, people, onTextChange }: CommentDraftOptions) {
  const [{ text, mentioned }, setDraft] = useState(() => decodeMentions(initial, people))

  function change(next: string, nextMentioned = mentioned) {
    setDraft({ text: next, mentioned: nextMentioned })
    onTextChange?.(encodeMentions(next, nextMentioned))
  }
  /** Puts the name of a person in place of a range of the text. */
  function insertMention({ userId, name }: Member, from: number, to: number) {
    const others = mentioned.filter((user) => user.userId !== userId)
    change(`${text.slice(0, from)}${name} ${text.slice(to)}`, [...others, { userId, name }])
  }
  return {
    text,
    change: (next: string) => change(next),
    insertMention,
    clear: () => change('', []),
    /** The stored text, with mentions as ids. */
    encode: () => encodeMentions(text.trim(), mentioned),
  }
}
