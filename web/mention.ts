/** Mentions: `@[<userId>]` as the server keeps them, `@Name` as people write and read them. */

interface Named {
  userId: string
  name: string
}

const kept = /@\[([0-9a-f-]{36})\]/gi

/** The text as it is kept: the names of those who were chosen become ids. Longer names first, so that Ann does not take Anna's. */
export function toKept(text: string, chosen: readonly Named[]): string {
  const byLength = chosen.toSorted((one, other) => other.name.length - one.name.length)
  let out = text
  for (const { userId, name } of byLength) out = out.replaceAll(`@${name}`, `@[${userId}]`)
  return out
}

/** The parts of a kept text: plain words, and people. */
export function partsOf(text: string, people: readonly Named[]): { text: string; userId?: string }[] {
  const parts: { text: string; userId?: string }[] = []
  let end = 0
  for (const match of text.matchAll(kept)) {
    const userId = (match[1] as string).toLowerCase()
    if (match.index > end) parts.push({ text: text.slice(end, match.index) })
    parts.push({ text: `@${people.find((person) => person.userId === userId)?.name ?? 'somebody'}`, userId })
    end = match.index + match[0].length
  }
  if (end < text.length) parts.push({ text: text.slice(end) })
  return parts
}

/** A kept text as its author goes on writing it, and whom it mentions. */
export function fromKept(text: string, people: readonly Named[]): { text: string; chosen: Named[] } {
  const parts = partsOf(text, people)
  const chosen = people.filter(({ userId }) => parts.some((part) => part.userId === userId))
  return {
    text: parts
      .map((part) => (part.userId && !chosen.some(({ userId }) => userId === part.userId) ? `@[${part.userId}]` : part.text))
      .join(''),
    chosen,
  }
}

/** The name that is being typed before a caret, after its @; null where none is. */
export function typedName(text: string, caret: number): string | null {
  return /(?:^|\s)@([^@\n]{0,40})$/.exec(text.slice(0, caret))?.[1] ?? null
}
