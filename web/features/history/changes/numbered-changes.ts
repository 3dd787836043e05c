/** Numbers the changes of a redline, so that a page can go from one to the next. */
import { Extension, type JSONContent } from '@tiptap/core'
import { type BlockSuggestion, suggestibleBlocks } from '../../../../domain/documents/richtext/schema.ts'

/** The change of a whole block, from the attribute of a redline. */
export interface BlockChange {
  kind: BlockSuggestion['kind']
  index: number
  author: string
}

const changeMarks = ['insertion', 'deletion', 'formatChange']
const inlineTypes = new Set(['text', 'hardBreak', 'variable', 'crossReference'])

/** The suggestion of the redline on a block. Suggestions in the document have other ids. */
function readChange({ attrs }: JSONContent): BlockSuggestion | undefined {
  const text: unknown = attrs?.['suggestion']
  if (typeof text !== 'string') return undefined
  const suggestion = JSON.parse(text) as BlockSuggestion
  return suggestion.id === 'redline' ? suggestion : undefined
}

/** Whether a mark belongs to the redline. Suggestions in the document have an id. */
const isChangeMark = ({ type, attrs }: { type: string; attrs?: Record<string, unknown> }) =>
  changeMarks.includes(type) && attrs?.['id'] === null

/** Numbers the changes of a redline in text order: adjacent changed words are one, and so is a whole block. */
export function numberChanges(content: JSONContent): { content: JSONContent; count: number } {
  let count = 0
  /** Marks the words of an inserted or deleted block. */
  function markWords(part: JSONContent, { kind, index, author }: BlockChange): JSONContent {
    if (!inlineTypes.has(part.type ?? ''))
      return { ...part, ...(part.content && { content: part.content.map((inner) => markWords(inner, { kind, index, author })) }) }
    const type = kind === 'insert' ? 'insertion' : 'deletion'
    return { ...part, marks: [...(part.marks ?? []), { type, attrs: { id: null, author, at: null, index } }] }
  }
  function numberWords(parts: JSONContent[]): JSONContent[] {
    let isInChange = false
    return parts.map((part) => {
      const isChanged = part.marks?.some(isChangeMark) ?? false
      if (isChanged && !isInChange) count++
      isInChange = isChanged
      if (!isChanged) return part
      const marks = (part.marks ?? []).map((mark) => (isChangeMark(mark) ? { ...mark, attrs: { ...mark.attrs, index: count - 1 } } : mark))
      return { ...part, marks }
    })
  }
  function walk(part: JSONContent): JSONContent {
    const suggestion = readChange(part)
    const change = suggestion && { kind: suggestion.kind, index: count++, author: suggestion.author }
    const numbered = change ? { ...part, attrs: { ...part.attrs, suggestion: null, change } } : part
    if (change && change.kind !== 'change') return markWords(numbered, change)
    if (!part.content) return numbered
    const isTextBlock = part.content.some(({ type }) => inlineTypes.has(type ?? ''))
    return { ...numbered, content: isTextBlock ? numberWords(part.content) : part.content.map(walk) }
  }
  return { content: walk(content), count }
}

const blockLabels = { insert: 'Added', delete: 'Removed', change: 'Another format' }

/** The attributes that a numbered redline has beside those of the schema. */
export const redlineAttributes = Extension.create({
  name: 'redline',
  addGlobalAttributes: () => [
    {
      types: [...suggestibleBlocks],
      attributes: {
        change: {
          default: null,
          renderHTML: ({ change }) => {
            if (!change) return {}
            const { kind, index } = change as BlockChange
            return { 'data-change': kind, 'data-change-index': String(index), title: blockLabels[kind] }
          },
        },
      },
    },
    { types: changeMarks, attributes: { index: { default: null, renderHTML: () => ({}) } } },
    { types: ['variable'], attributes: { value: { default: null, renderHTML: () => ({}) } } },
  ],
})
