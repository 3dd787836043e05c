import type { JSONContent } from '@tiptap/core'
import { createElement, type ReactNode } from 'react'
import { isVariableName, variableLabel } from '../domain/documents/prose.ts'

/** Elements for the blocks that a preview shows; what it does not know is shown by its words alone. */
const elements: Record<string, string> = {
  paragraph: 'p',
  bulletList: 'ul',
  orderedList: 'ol',
  listItem: 'li',
  blockquote: 'blockquote',
  codeBlock: 'pre',
  table: 'table',
  tableRow: 'tr',
  tableCell: 'td',
  tableHeader: 'th',
}
const marks: Record<string, string> = { bold: 'strong', italic: 'em', underline: 'u', strike: 's', code: 'code' }

function partOf(part: JSONContent, key: number): ReactNode {
  const name: unknown = part.attrs?.['name']
  if (part.type === 'variable') {
    return (
      <span key={key} className="field" data-empty>
        {isVariableName(name) ? variableLabel(name) : 'Field'}
      </span>
    )
  }
  if (part.type === 'hardBreak') return <br key={key} />
  if (part.type === 'horizontalRule') return <hr key={key} />
  if (part.type === 'text') {
    const words: ReactNode = part.text
    // A link is shown as its words: a preview leads nowhere.
    const known = (part.marks ?? []).map(({ type }) => marks[type]).filter((tag) => tag !== undefined)
    return known.reduce<ReactNode>((inner, tag) => createElement(tag, { key }, inner), words)
  }
  const inside = part.content?.map(partOf)
  // Headings of a preview are none of the page.
  if (part.type === 'heading')
    return (
      <p key={key} className="preview-heading" data-level={String(part.attrs?.['level'])}>
        {inside}
      </p>
    )
  const rows = part.type === 'table' ? <tbody>{inside}</tbody> : inside
  return createElement(elements[part.type ?? ''] ?? 'div', { key }, rows)
}

/** A text, small and still, to know it by. */
export function ProsePreview({ content, label }: { content: JSONContent; label: string }) {
  return (
    // Scrollable, so the keyboard must reach it.
    <div className="preview" role="region" aria-label={label} tabIndex={0}>
      {content.content?.map(partOf)}
    </div>
  )
}
