/** Mentions: stored as `@[<userId>]`, shown and typed as `@Name`. */
import { readMentions } from '../../../domain/comments/mentions.ts'

interface MentionedUser {
  userId: string
  name: string
}

/** Turns typed names of mentioned users into ids. Longer names go first, so that Ann does not match Anna. */
export function encodeMentions(text: string, mentioned: readonly MentionedUser[]): string {
  const byLength = mentioned.toSorted((one, other) => other.name.length - one.name.length)
  let encoded = text
  for (const { userId, name } of byLength) encoded = encoded.replaceAll(`@${name}`, `@[${userId}]`)
  return encoded
}

/** Splits a stored text into plain parts and mentions. */
export function splitMentions(text: string, people: readonly MentionedUser[]): { text: string; userId?: string }[] {
  const parts: { text: string; userId?: string }[] = []
  let end = 0
  for (const { index, length, userId } of readMentions(text)) {
    if (index > end) parts.push({ text: text.slice(end, index) })
    parts.push({ text: `@${people.find((person) => person.userId === userId)?.name ?? 'somebody'}`, userId })
    end = index + length
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts
}

/** Turns a stored text into the text that its author edits, with the users it mentions. */
export function decodeMentions(text: string, people: readonly MentionedUser[]): { text: string; mentioned: MentionedUser[] } {
  const parts = splitMentions(text, people)
  const mentioned = people.filter(({ userId }) => parts.some((part) => part.userId === userId))
  return {
    text: parts
      .map((part) => (part.userId && !mentioned.some(({ userId }) => userId === part.userId) ? `@[${part.userId}]` : part.text))
      .join(''),
    mentioned,
  }
}

/** Returns the name being typed after an `@` before the caret, or null. */
export function findTypedMention(text: string, caret: number): string | null {
  return /(?:^|\s)@([^@\n]{0,40})$/.exec(text.slice(0, caret))?.[1] ?? null
}
