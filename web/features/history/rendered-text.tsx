import '../legal/legal.css'
import { type JSONContent, Mark } from '@tiptap/core'
import { renderToReactElement } from '@tiptap/static-renderer/pm/react'
import type { CSSProperties, ReactNode } from 'react'
import { isVariableName, proseExtensions, variableLabel } from '../../../domain/documents/richtext/schema.ts'
import { toUserColor } from '../../lib/user-display.ts'
import { numberedContent } from '../rich-text/numbered-content.ts'
import { authorMarkName } from './author-marks.ts'
import { redlineAttributes } from './changes/numbered-changes.ts'

const authorMark = Mark.create({
  name: authorMarkName,
  excludes: '',
  addAttributes: () => ({ userId: { default: null } }),
  renderHTML: () => ['span', 0],
})
const extensions = [...proseExtensions, authorMark, ...numberedContent, redlineAttributes]

interface ShownMark {
  mark: { attrs: Record<string, unknown> }
  children?: ReactNode
}
type FormatMarks = { type: string }[]

const toUserStyle = (userId: unknown) => ({ '--user-color': toUserColor(typeof userId === 'string' ? userId : '') }) as CSSProperties

/** Which formats words got and lost: "bold added, link removed". */
const describeFormats = (added: unknown, removed: unknown): string =>
  [
    ...((added ?? []) as FormatMarks).map(({ type }) => `${type} added`),
    ...((removed ?? []) as FormatMarks).map(({ type }) => `${type} removed`),
  ].join(', ')

/** The elements of marks: authors, and the changes of a redline. Suggestions in the text have no index. */
const toMarkMapping = (names: Map<string | null, string>) => ({
  [authorMarkName]: ({ mark, children }: ShownMark) => {
    const userId = mark.attrs['userId'] as string | null
    return (
      <span className="author-text" data-author-id={userId ?? ''} style={toUserStyle(userId)} title={names.get(userId)}>
        {children}
      </span>
    )
  },
  insertion: ({ mark: { attrs }, children }: ShownMark) => {
    const name = names.get(attrs['author'] as string)
    return (
      <ins data-change-index={attrs['index']} style={toUserStyle(attrs['author'])} title={name && `Written by ${name}`}>
        {children}
      </ins>
    )
  },
  deletion: ({ mark: { attrs }, children }: ShownMark) => {
    const name = names.get(attrs['author'] as string)
    return (
      <del data-change-index={attrs['index']} style={toUserStyle(attrs['author'])} title={name && `Taken out; it was ${name}’s`}>
        {children}
      </del>
    )
  },
  formatChange: ({ mark: { attrs }, children }: ShownMark) => (
    <span
      className={attrs['index'] === null ? undefined : 'format-change'}
      data-change-index={attrs['index']}
      title={`Format: ${describeFormats(attrs['added'], attrs['removed'])}`}
    >
      {children}
    </span>
  ),
})

/**
 * Renders a numbered text as the editor would.
 * @param names of authors
 * @param variables values of fields that have none in the text
 */
export function renderRichText(content: JSONContent, names: Map<string | null, string>, variables: Record<string, string>): ReactNode {
  return renderToReactElement({
    extensions,
    content,
    options: {
      nodeMapping: {
        crossReference: ({ node }) => <span className="cross-reference">{String(node.attrs['shown'] ?? node.attrs['text'])}</span>,
        variable: ({ node }) => {
          const name: unknown = node.attrs['name']
          const label = isVariableName(name) ? variableLabel(name) : 'Field without a name'
          const value = (node.attrs['value'] as string | null) ?? (isVariableName(name) ? variables[name] : undefined)
          return (
            <span className="template-field" title={label} data-empty={value === undefined || undefined}>
              {value ?? label}
            </span>
          )
        },
      },
      markMapping: toMarkMapping(names),
      unhandledNode: ({ children }) => <div>{children}</div>,
      unhandledMark: ({ children }) => <span>{children}</span>,
    },
  })
}
