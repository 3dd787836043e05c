/** Mentions in comments and messages: `@[<userId>]` in the stored text. Server and browser parse them here. */

const mention = /@\[([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\]/gi

/** The mentions in a stored text, in order: position, length and user. */
export const readMentions = (text: string): { index: number; length: number; userId: string }[] =>
  [...text.matchAll(mention)].map(({ index, 0: whole, 1: id }) => ({ index, length: whole.length, userId: (id as string).toLowerCase() }))

/** The readers of a conversation whom a text mentions. Others are not notified, so a mention does not reveal whether an id exists. */
export function mentionedReaders(text: string, readerIds: readonly string[]): string[] {
  const mentioned = new Set(readMentions(text).map(({ userId }) => userId))
  return readerIds.filter((userId) => mentioned.has(userId))
}

export const hasMentions = (text: string): boolean => readMentions(text).length > 0
