import '../rich-text/rich-text.css'
import '../rich-text/numbering.css'
import '../rich-text/tables.css'
import type { JSONContent } from '@tiptap/core'
import { useEffect, useMemo } from 'react'
import { numberContent, parseListStyles } from '../../../domain/documents/richtext/list-styles.ts'
import { renderRichText } from '../history/rendered-text.tsx'

/** The canonical text of a document (`smartstart-text/1`). */
interface CanonicalText {
  content: JSONContent
  values: Record<string, string>
  listStyles: Record<string, unknown>
}

/** Suggestions on blocks are objects in the canonical text, and strings in the editor's. */
function restoreSuggestions(node: JSONContent): JSONContent {
  const suggestion: unknown = node.attrs?.['suggestion']
  const attrs = suggestion ? { ...node.attrs, suggestion: JSON.stringify(suggestion) } : node.attrs
  return { ...node, ...(attrs && { attrs }), ...(node.content && { content: node.content.map(restoreSuggestions) }) }
}

interface EnvelopeTextProps {
  text: unknown
  /** Called when the text is on the screen. */
  onShown?: (() => void) | undefined
}

/** The text that was sent, read-only, with its numbers and the values of its fields. */
export function EnvelopeText({ text, onShown }: EnvelopeTextProps) {
  const rendered = useMemo(() => {
    const { content, values, listStyles } = text as CanonicalText
    return renderRichText(numberContent(restoreSuggestions(content), parseListStyles(Object.entries(listStyles))), new Map(), values)
  }, [text])
  useEffect(() => onShown?.(), [onShown])
  return (
    <div className="rich-text" dir="auto">
      {rendered}
    </div>
  )
}
