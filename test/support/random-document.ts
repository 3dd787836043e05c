/** Random documents for tests of exports: text with characters that are markup somewhere, marks, lists, tables. */
import type { JSONContent } from '@tiptap/core'
import { sanitize } from '../../domain/documents/richtext/sanitize.ts'

/** What a document may have beside paragraphs, headings, quotations, lists and code. */
export interface Features {
  tables: boolean
  tasks: boolean
  strike: boolean
}

const words = [
  'party',
  'Party A',
  '“Affiliate”',
  '(a)',
  '「当事者」',
  '本契約',
  'é',
  '1.',
  '2)',
  '-',
  '+',
  '*',
  '_',
  '__',
  '#',
  '##',
  '>',
  '|',
  '`',
  '``',
  '~',
  '~~',
  '~~~',
  '[x]',
  '[ ]',
  '[^1]',
  '[a](b)',
  '![i](u)',
  '<Party A>',
  '<b>',
  '</b>',
  '<!-- c -->',
  '&amp;',
  '&copy',
  '\\',
  '\\n',
  '$5',
  '€',
  '==',
  '---',
  '===',
  ':-',
  ': x',
  'http://example.org/a_b?x=1&y=2',
  'www.example.org',
  'me@example.org',
  'snake_case',
  '_x_',
  '*x*',
  '**',
  '!',
  '…',
  '👍',
  'a*b',
  'العقد',
  'שלום',
  '10\u202f000',
  '++',
  '{{x}}',
  ':)',
  '"q"',
  "it's",
  '%',
  '^2',
  '@',
  '/',
  '\u00a0',
  ' ',
  '  ',
]
const markNames = ['bold', 'italic', 'underline', 'code', 'superscript', 'subscript', 'strike', 'link']

/** Writes a random document that fits the schema. */
export function createRandomDocument(random: () => number, features: Features): JSONContent {
  const below = (count: number) => Math.floor(random() * count)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const many = <T>(most: number, make: () => T): T[] => Array.from({ length: 1 + below(most) }, make)
  const text = () => many(4, () => pick(words)).join(random() < 0.6 ? ' ' : '')
  const marks = () => {
    const chosen = new Set(random() < 0.5 ? [] : many(3, () => pick(markNames)))
    if (!features.strike) chosen.delete('strike')
    if (chosen.has('superscript')) chosen.delete('subscript')
    return [...chosen].map((type) =>
      type === 'link' ? { type, attrs: { href: `https://example.org/${pick(['a', 'b_c', 'x?y=1&z=(2)', 'ü'])}` } } : { type },
    )
  }
  const inline = (): JSONContent[] =>
    many(4, () => (random() < 0.1 ? { type: 'hardBreak' } : { type: 'text', text: text(), marks: marks() }) as JSONContent)
  const paragraph = (): JSONContent => ({ type: 'paragraph', content: inline() })
  const cell = (type: string): JSONContent => ({ type, content: [paragraph()] })
  const table = (): JSONContent => {
    const columns = 1 + below(3)
    const row = (type: string) => ({ type: 'tableRow', content: Array.from({ length: columns }, () => cell(type)) })
    return { type: 'table', content: [row('tableHeader'), ...many(2, () => row('tableCell'))] }
  }
  const list = (depth: number): JSONContent => {
    const type = pick(features.tasks ? ['bulletList', 'orderedList', 'taskList'] : ['bulletList', 'orderedList'])
    return {
      type,
      ...(type === 'orderedList' && { attrs: { start: pick([1, 1, 3, 0]) } }),
      content: many(3, () => ({
        type: type === 'taskList' ? 'taskItem' : 'listItem',
        ...(type === 'taskList' && { attrs: { checked: random() < 0.5 } }),
        content: [paragraph(), ...(random() < 0.4 ? [block(depth + 1)] : [])],
      })),
    }
  }
  const block = (depth: number): JSONContent => {
    const kind = below(depth > 2 ? 3 : 9)
    if (kind <= 2) return paragraph()
    if (kind === 3) return { type: 'heading', attrs: { level: 1 + below(6) }, content: inline() }
    if (kind <= 5) return list(depth)
    if (kind === 6) return { type: 'blockquote', content: many(2, () => block(depth + 1)) }
    if (kind === 7) return { type: 'codeBlock', content: [{ type: 'text', text: many(3, text).join('\n') }] }
    return features.tables && depth === 0 ? table() : { type: 'horizontalRule' }
  }
  return sanitize({ type: 'doc', content: many(6, () => block(0)) })
}

/**
 * The structure, words and marks of a document as lines, for comparison. Marks on spaces, and blocks without words, are left out: a file in
 * another format cannot hold them all.
 */
export function describeDocument(content: JSONContent, { joinSpaces = false } = {}): string[] {
  const lines: string[] = []
  const walk = (part: JSONContent, path: string) => {
    if (isTextBlock(part)) {
      const text = describeText(part, joinSpaces && part.type !== 'codeBlock')
      // readers differ about spaces at the end of a line of code
      const line = part.type === 'codeBlock' ? text.replace(/[ \t]+$/gm, '') : text
      if (line !== '') lines.push(`${path}: ${line}`)
      return
    }
    if (part.type === 'horizontalRule') lines.push(`${path}: ---`)
    for (const [place, child] of (part.content ?? []).entries())
      walk(child, `${path}/${nameOf(child)}${child.type?.endsWith('Item') ? place : ''}`)
  }
  walk(content, '')
  return lines
}

const isTextBlock = ({ type }: JSONContent) => ['paragraph', 'heading', 'codeBlock'].includes(type ?? '')

const nameOf = ({ type, attrs }: JSONContent): string =>
  `${type}${String(attrs?.level ?? '')}${type === 'taskItem' ? String(attrs?.checked) : ''}${type === 'orderedList' ? String(attrs?.start) : ''}`

function describeText(block: JSONContent, joinSpaces: boolean): string {
  // the marks of each character that is no space
  const characters = (block.content ?? []).flatMap(({ type, text, marks }) => {
    if (type === 'hardBreak') return [{ character: '\n', look: '' }]
    const look = (marks ?? [])
      .map((mark) => (mark.type === 'link' ? `link(${decodeURI(String(mark.attrs?.href))})` : mark.type))
      .sort()
      .join()
    return Array.from(text ?? '').map((character) => ({ character, look: /\s/.test(character) ? '' : look }))
  })
  let described = ''
  let last = ''
  for (const { character, look } of characters) {
    if (/\s/.test(character)) {
      described += character
      continue
    }
    if (look !== last) described += `⟦${look}⟧`
    last = look
    described += character
  }
  if (!joinSpaces) return described.trim() === '' ? '' : described
  return described
    .replace(/[ \t]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/ (⟦[^⟧]*⟧)(?=\n|$)/g, '$1')
    .trim()
}
