/** A contract with everything that an export shows: numbers, references, lists, tasks, tables, text from the right, suggestions. */
import type { JSONContent } from '@tiptap/core'
import type { ExportModel } from '../../domain/conversion/export/export-model.ts'
import { type ListStyle, numberContent } from '../../domain/documents/richtext/list-styles.ts'
import { sanitize } from '../../domain/documents/richtext/sanitize.ts'
import { paragraphNode, textNode } from './sample-document.ts'

/** The model of an export, as the worker makes it of a document. */
export const toModel = (content: JSONContent, more: Partial<ExportModel> = {}): ExportModel => {
  const listStyles = more.listStyles ?? new Map<string, ListStyle>()
  return { title: 'Test', content: numberContent(sanitize(content), listStyles), people: {}, threads: [], ...more, listStyles }
}

/** The attributes of a suggestion, of a person who is called Ann. */
export const suggestedByAnn = {
  id: '018f0000-0000-7000-8000-000000000001',
  author: '018f0000-0000-7000-8000-00000000000a',
  at: '2026-11-20T10:00:00.000Z',
}

export const clauseNode = (listLevel: number, text: string, attrs: object = {}): JSONContent => ({
  ...paragraphNode(textNode(text)),
  attrs: { listStyle: 'clauses', listLevel, ...attrs },
})
const reference = (target: string, kind: string): JSONContent => ({ type: 'crossReference', attrs: { target, kind, text: '?' } })
export const listNode = (type: string, items: JSONContent[][], attrs: object = {}): JSONContent => ({
  type,
  attrs,
  content: items.map((content) => ({ type: type === 'taskList' ? 'taskItem' : 'listItem', content })),
})
export const tableNode = (...rows: JSONContent[][]): JSONContent => ({
  type: 'table',
  content: rows.map((content) => ({ type: 'tableRow', content })),
})
export const cellNode = (...content: JSONContent[]): JSONContent => ({ type: 'tableCell', content })

/** A style whose second level never restarts, and whose third is shown in decimals. */
const articles: ListStyle = {
  levels: [
    { format: 'upperRoman', text: 'Article %1', start: 2 },
    { format: 'decimal', text: '§%2', start: 1, restart: 0 },
    { format: 'lowerLetter', text: '%1.%3)', start: 1, legal: true },
  ],
}
const articleNode = (listLevel: number, text: string): JSONContent => ({
  type: 'heading',
  attrs: { level: listLevel + 1, listStyle: 'articles', listLevel },
  content: [textNode(text)],
})

/** The contract, and the lines that a reader of it sees. */
export const contract = toModel(
  {
    type: 'doc',
    content: [
      articleNode(0, 'Scope'),
      articleNode(1, 'First section'),
      articleNode(0, 'Term'),
      articleNode(1, 'Second section'),
      articleNode(2, 'Decimals'),
      clauseNode(0, 'Definitions', { bookmark: 'definitions' }),
      clauseNode(1, 'Terms'),
      clauseNode(2, 'first'),
      clauseNode(2, 'second', { bookmark: 'second.item' }),
      clauseNode(3, 'deep'),
      clauseNode(1, 'Price'),
      clauseNode(0, 'Seven', { listStart: 7 }),
      clauseNode(1, 'Under seven'),
      clauseNode(2, 'again'),
      paragraphNode(
        textNode('See '),
        reference('second.item', 'fullNumber'),
        textNode(' and '),
        reference('definitions', 'number'),
        textNode('.'),
      ),
      listNode(
        'orderedList',
        [
          [paragraphNode(textNode('three')), listNode('orderedList', [[paragraphNode(textNode('inner'))]])],
          [paragraphNode(textNode('four'))],
        ],
        { start: 3 },
      ),
      listNode('orderedList', [[paragraphNode(textNode('one again'))]]),
    ],
  },
  { listStyles: new Map([['articles', articles]]), people: { [suggestedByAnn.author]: 'Ann' } },
)
export const contractLines = [
  'Article II Scope',
  '§1 First section',
  'Article III Term',
  '§2 Second section',
  '3.a) Decimals',
  '1. Definitions',
  '1.1 Terms',
  '(a) first',
  '(b) second',
  '(i) deep',
  '1.2 Price',
  '7. Seven',
  '7.1 Under seven',
  '(a) again',
  'See 1.1(b) and 1.',
  '3. three',
  '1. inner',
  '4. four',
  '1. one again',
]
