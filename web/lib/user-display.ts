/*
 * Each color works on a light and a dark page and under white text: its luminance is between 0.15 and 0.18, which gives 4.5:1 to white and
 * 3:1 to the dark page. Six digits, because the caret extension accepts no other form.
 */
const palette = ['#ba4c32', '#96620f', '#5f7a17', '#2a7d4f', '#157a80', '#2f6fb3', '#5a62c4', '#8a51b8', '#b04383', '#8a6250']

/** The color of a user: the same for everybody, on every page, in both themes. */
export function toUserColor(userId: string): string {
  let hash = 2166136261
  for (const character of userId) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619)
  return palette[(hash >>> 0) % palette.length] as string
}

/** One or two initials of a name. */
export function toInitials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean)
  const letters = [words.at(0), words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? Array.from(word)[0] : ''))
  return letters.join('').toUpperCase() || '?'
}

export interface Person {
  id: string
  name: string
}

/** Reads a user from an awareness state. Clients write it themselves, so it may be anything. */
export function parsePerson(user: unknown): Person | null {
  const { id, name } = (user ?? {}) as Partial<Record<keyof Person, unknown>>
  return typeof id === 'string' && typeof name === 'string' && id && name.trim() ? { id, name: name.slice(0, 60) } : null
}

/** The first name, for a greeting. */
export function toFirstName(name: string): string {
  return name.trim().split(/\s+/)[0] || name
}
