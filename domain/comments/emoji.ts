/** Reactions that comments and messages share. */
import { z } from 'zod'
import { DomainError } from '../kernel/errors.ts'

/** One emoji with its modifiers, at most 32 UTF-16 code units. */
export const Emoji = z
  .string()
  .max(32)
  .regex(/^(?:\p{RGI_Emoji})$/v, 'must be one emoji')

/** Maximum different emoji on one comment or message. */
const maxEmoji = 20

interface Reaction {
  emoji: string
  userId: string
}

/** Whether a reaction is new. @throws DomainError conflict when there are too many different emoji */
export function isNewReaction(existing: readonly Reaction[], { emoji, userId }: Reaction, noun: 'comment' | 'message'): boolean {
  const same = existing.filter((one) => one.emoji === emoji)
  if (same.length === 0 && new Set(existing.map((one) => one.emoji)).size >= maxEmoji)
    throw new DomainError('conflict', `A ${noun} can have at most ${maxEmoji} different reactions.`)
  return !same.some((one) => one.userId === userId)
}
