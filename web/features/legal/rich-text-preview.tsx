import '../rich-text/numbering.css'
import '../rich-text/tables.css'
import type { JSONContent } from '@tiptap/core'
import { createElement, type ReactNode } from 'react'
import { type ListStyle, numberContent, type ParagraphNumber } from '../../../domain/documents/richtext/list-styles.ts'
import { isVariableName, variableLabel } from '../../../domain/documents/richtext/schema.ts'

/** HTML elements of block types; others show their text only. */
const elementNames: Record<string, string> = {
  bulletList: 'ul',
  orderedList: 'ol',
  listItem: 'li',
  taskList: 'ul',
  blockquote: 'blockquote',
  codeBlock: 'pre',
  table: 'table',
  tableRow: 'tr',
  tableCell: 'td',
  tableHeader: 'th',
}
const markElements: Record<string, string> = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strike: 's',
  code: 'code',
  superscript: 'sup',
  subscript: 'sub',
}

/** The attributes that show the number of a paragraph. */
function toNumberProps(attrs: JSONContent['attrs']) {
  const number = attrs?.['number'] as ParagraphNumber | undefined
  return number ? { 'data-number': number.label, 'data-number-level': String(attrs?.['listLevel'] ?? 0) } : {}
}

function renderNode(node: JSONContent, key: number): ReactNode {
  const name: unknown = node.attrs?.['name']
  if (node.type === 'variable') {
    return (
      <span key={key} className="template-field" data-empty>
        {isVariableName(name) ? variableLabel(name) : 'Field'}
      </span>
    )
  }
  if (node.type === 'crossReference') return <span key={key}>{String(node.attrs?.['shown'] ?? '')}</span>
  if (node.type === 'hardBreak') return <br key={key} />
  if (node.type === 'horizontalRule') return <hr key={key} />
  if (node.type === 'text') {
    const content: ReactNode = node.text
    // Links are shown as plain text.
    const tags = (node.marks ?? []).map(({ type }) => markElements[type]).filter((tag) => tag !== undefined)
    return tags.reduce<ReactNode>((inner, tag) => createElement(tag, { key }, inner), content)
  }
  const children = node.content?.map(renderNode)
  if (node.type === 'taskItem') {
    const isDone = node.attrs?.['checked'] === true
    return (
      <li key={key} className="rich-text-preview-task">
        <span role="img" aria-label={isDone ? 'Done' : 'Not done'}>
          {isDone ? '☑' : '☐'}
        </span>
        <div>{children}</div>
      </li>
    )
  }
  // Headings of a preview are not headings of the page.
  if (node.type === 'heading')
    return (
      <p
        key={key}
        className="rich-text-preview-heading"
        data-level={String(node.attrs?.['level'])}
        dir="auto"
        {...toNumberProps(node.attrs)}
      >
        {children}
      </p>
    )
  if (node.type === 'paragraph')
    return (
      <p key={key} dir="auto" {...toNumberProps(node.attrs)}>
        {children}
      </p>
    )
  const rows = node.type === 'table' ? <tbody>{children}</tbody> : children
  return createElement(elementNames[node.type ?? ''] ?? 'div', { key }, rows)
}

interface RichTextPreviewProps {
  content: JSONContent
  label: string
  /** The list styles of its document; those that are absent are shown as clauses. */
  listStyles?: ReadonlyMap<string, ListStyle>
}

const noStyles: ReadonlyMap<string, ListStyle> = new Map()

/** A read-only preview of a text. */
export function RichTextPreview({ content, label, listStyles = noStyles }: RichTextPreviewProps) {
  const numbered = numberContent(content, listStyles)
  return (
    // Scrollable, so it must be reachable by keyboard.
    <div className="rich-text-preview" role="region" aria-label={label} tabIndex={0}>
      {numbered.content?.map(renderNode)}
    </div>
  )
}
