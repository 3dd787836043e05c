/** Reads a Word file as an import does, and writes what it became line by line, for comparison. */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { importWord, type WordImport } from '../../domain/conversion/import/word-import.ts'
import { numberContent, readListStyles } from '../../domain/documents/richtext/list-styles.ts'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { readContent } from '../../domain/documents/richtext/to-json.ts'

export const importingUser = '01900000-0000-7000-8000-000000000001'
export const importTime = '2026-11-29T12:00:00.000Z'

export interface ImportedOutline extends WordImport {
  /** A line for each block: `heading1 [1.] Definitions`. Text with marks is in braces, blocks in blocks are indented. */
  lines: string[]
  document: Y.Doc
  content: JSONContent
}

/** Attributes that are shown where they are not at their default. */
const shownAttributes = ['dir', 'listStart', 'bookmark', 'start', 'checked', 'colspan', 'rowspan']

function describe(part: JSONContent): string {
  const attrs = part.attrs ?? {}
  const isDefault = (name: string) => [null, undefined, false].includes(attrs[name]) || (/span|^start$/.test(name) && attrs[name] === 1)
  const shown = shownAttributes.filter((name) => !isDefault(name)).map((name) => `${name}=${String(attrs[name])}`)
  if (attrs.suggestion) {
    const { kind, was } = JSON.parse(attrs.suggestion as string) as { kind: string; was?: { type: string; attrs: { level?: number } } }
    shown.push(`${kind}${was ? ` of ${was.type}${was.attrs.level ?? ''}` : ''}`)
  }
  const number = attrs.number as { label: string } | undefined
  const name = `${part.type}${part.type === 'heading' ? String(attrs.level) : ''}`
  return [name, number && `[${number.label}]`, shown.length > 0 && `(${shown.join(' ')})`].filter(Boolean).join(' ')
}

function describeInline({ type, text, marks, attrs }: JSONContent): string {
  const shown = type === 'hardBreak' ? '⏎' : type === 'crossReference' ? `<${String(attrs?.kind)} ${String(attrs?.shown)}>` : (text ?? '')
  const names = (marks ?? []).map((mark) => (mark.type === 'link' ? `link ${String(mark.attrs?.href)}` : mark.type)).toSorted()
  return names.length > 0 ? `{${names.join(' ')}: ${shown}}` : shown
}

const isInline = ({ type }: JSONContent) => ['text', 'hardBreak', 'crossReference', 'variable'].includes(String(type))

function outline(part: JSONContent, indent: string): string[] {
  const children = part.content ?? []
  const text = children.filter(isInline).map(describeInline).join('')
  const blocks = children.filter((child) => !isInline(child))
  return [`${indent}${describe(part)}${text ? ` ${text}` : ''}`, ...blocks.flatMap((child) => outline(child, `${indent}  `))]
}

/** Imports a Word file. */
export async function outlineWord(bytes: Uint8Array): Promise<ImportedOutline> {
  const read = await importWord(bytes, { userId: importingUser, now: importTime })
  const document = new Y.Doc()
  Y.applyUpdate(document, read.update)
  const content = await readContent(document)
  proseSchema.nodeFromJSON(content).check()
  const shown = numberContent(content, readListStyles(document))
  return { ...read, document, content, lines: (shown.content ?? []).flatMap((part) => outline(part, '')) }
}
