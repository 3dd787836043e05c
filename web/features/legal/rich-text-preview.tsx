import type { JSONContent } from '@tiptap/core'
import { createElement, type ReactNode } from 'react'
import { isVariableName, variableLabel } from '../../../domain/documents/richtext/schema.ts'

/** HTML elements of block types; others show their text only. */
const elementNames: Record<string, string> = {
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
const markElements: Record<string, string> = { bold: 'strong', italic: 'em', underline: 'u', strike: 's', code: 'code' }

function renderNode(node: JSONContent, key: number): ReactNode {
  const name: unknown = node.attrs?.['name']
  if (node.type === 'variable') {
    return (
      <span key={key} className="template-field" data-empty>
        {isVariableName(name) ? variableLabel(name) : 'Field'}
      </span>
    )
  }
  if (node.type === 'hardBreak') return <br key={key} />
  if (node.type === 'horizontalRule') return <hr key={key} />
  if (node.type === 'text') {
    const content: ReactNode = node.text
    // Links are shown as plain text.
    const tags = (node.marks ?? []).map(({ type }) => markElements[type]).filter((tag) => tag !== undefined)
    return tags.reduce<ReactNode>((inner, tag) => createElement(tag, { key }, inner), content)
  }
  const children = node.content?.map(renderNode)
  // Headings of a preview are not headings of the page.
  if (node.type === 'heading')
    return (
      <p key={key} className="rich-text-preview-heading" data-level={String(node.attrs?.['level'])}>
        {children}
      </p>
    )
  const rows = node.type === 'table' ? <tbody>{children}</tbody> : children
  return createElement(elementNames[node.type ?? ''] ?? 'div', { key }, rows)
}

/** A read-only preview of a text. */
export function RichTextPreview({ content, label }: { content: JSONContent; label: string }) {
  return (
    // Scrollable, so it must be reachable by keyboard.
    <div className="rich-text-preview" role="region" aria-label={label} tabIndex={0}>
      {content.content?.map(renderNode)}
    </div>
  )
}
