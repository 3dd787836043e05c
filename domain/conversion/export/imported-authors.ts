/** The authors of suggestions that a file brought: an export names them as the file did, not as the person who imported it. */
import type { JSONContent } from '@tiptap/core'

const suggestionMarks = ['insertion', 'deletion', 'formatChange']

/** An author id for a suggestion of a file; no account has one of this form. */
const importedAuthorId = (suggestionId: string) => `imported.${suggestionId}`

/**
 * Gives suggestions of a file authors of their own.
 * @param names the authors' names by suggestion id
 * @returns the content, and the names by author id
 */
export function nameImportedAuthors(
  content: JSONContent,
  names: Readonly<Record<string, string>>,
): { content: JSONContent; people: Record<string, string> } {
  const people: Record<string, string> = {}
  const rename = <T extends { id?: unknown }>(attributes: T): T => {
    const id = String(attributes.id)
    const name = Object.hasOwn(names, id) ? names[id] : undefined
    if (name === undefined) return attributes
    people[importedAuthorId(id)] = name
    return { ...attributes, author: importedAuthorId(id) }
  }
  const walk = (part: JSONContent): JSONContent => {
    const suggestion: unknown = part.attrs?.suggestion
    return {
      ...part,
      ...(typeof suggestion === 'string' && {
        attrs: { ...part.attrs, suggestion: JSON.stringify(rename(JSON.parse(suggestion) as { id: string })) },
      }),
      ...(part.marks && {
        marks: part.marks.map((mark) => (suggestionMarks.includes(mark.type) ? { ...mark, attrs: rename(mark.attrs ?? {}) } : mark)),
      }),
      ...(part.content && { content: part.content.map(walk) }),
    }
  }
  return { content: Object.keys(names).length > 0 ? walk(content) : content, people }
}
