import { expect, test } from 'vitest'
import {
  clauseStyle,
  type ListStyle,
  numberContent,
  ParagraphCounter,
  parseListStyles,
  writeCount,
} from '../../domain/documents/richtext/list-styles.ts'

const styles = (style: ListStyle) => new Map([['s', style]])

/** The labels of paragraphs at these levels; `[level, start]` begins anew. */
function labels(style: ListStyle, ...levels: (number | [level: number, start: number])[]): (string | undefined)[] {
  const counter = new ParagraphCounter(styles(style))
  return levels.map((one) => {
    const [listLevel, listStart] = Array.isArray(one) ? one : [one, null]
    return counter.next({ listStyle: 's', listLevel, listStart })?.label
  })
}

test('clauses count by level and restart below a higher level', () => {
  expect(labels(clauseStyle, 0, 1, 2, 2, 3, 3, 1, 2, 0, 1)).toEqual(['1.', '1.1', '(a)', '(b)', '(i)', '(ii)', '1.2', '(a)', '2.', '2.1'])
})

test('a start value begins anew and counts on from there', () => {
  expect(labels(clauseStyle, 0, 0, [0, 7], 0, 1)).toEqual(['1.', '2.', '7.', '8.', '8.1'])
})

test('a level that is used before its higher level counts from the start value of that level', () => {
  expect(labels(clauseStyle, 1, 1, 0, 1)).toEqual(['1.1', '1.2', '1.', '1.1'])
})

test('a level that never restarts counts on, and one that restarts after one level ignores the others', () => {
  const style: ListStyle = {
    levels: [
      { format: 'upperRoman', text: 'Part %1', start: 1 },
      { format: 'decimal', text: '%2.', start: 1, restart: 0 },
      { format: 'lowerLetter', text: '%3)', start: 1, restart: 1 },
    ],
  }
  expect(labels(style, 0, 1, 2, 1, 2, 0, 1, 2)).toEqual(['Part I', '1.', 'a)', '2.', 'b)', 'Part II', '3.', 'a)'])
})

test('legal levels show the counts of higher levels as decimals', () => {
  const style: ListStyle = {
    levels: [
      { format: 'upperRoman', text: 'Article %1', start: 1 },
      { format: 'decimal', text: 'Section %1.%2', start: 1, legal: true },
    ],
  }
  expect(labels(style, 0, 0, 1)).toEqual(['Article I', 'Article II', 'Section 2.1'])
})

test('counts are written in each format', () => {
  expect([1, 26, 27, 53].map((count) => writeCount(count, 'lowerLetter'))).toEqual(['a', 'z', 'aa', 'aaa'])
  expect([4, 9, 1994, 4000].map((count) => writeCount(count, 'upperRoman'))).toEqual(['IV', 'IX', 'MCMXCIV', '4000'])
  expect([1, 2, 3, 11, 112, 21].map((count) => writeCount(count, 'ordinal'))).toEqual(['1st', '2nd', '3rd', '11th', '112th', '21st'])
  expect(writeCount(7, 'decimalZero')).toBe('07')
})

test('a paragraph of a list style that the document does not have is numbered as a clause; one without a style is not numbered', () => {
  const counter = new ParagraphCounter(new Map())
  expect(counter.next({ listStyle: 'gone', listLevel: 1 })?.label).toBe('1.1')
  expect(counter.next({})).toBeUndefined()
  expect(counter.next({ listStyle: {} })).toBeUndefined()
})

test('what a client wrote as list styles is parsed, and invalid styles are left out', () => {
  const parsed = parseListStyles([
    ['good', { levels: [{ format: 'decimal', text: '%1)', start: 3 }] }],
    ['odd', { levels: [{ format: 'klingon', text: 7, start: -1 }] }],
    ['none', { levels: [] }],
    ['many', { levels: Array.from({ length: 10_000 }, () => ({})) }],
    ['<b>', { levels: [{ format: 'decimal', text: '%1)', start: 3 }] }],
    ['text', 'x'],
  ])
  expect([...parsed]).toEqual([
    ['good', { levels: [{ format: 'decimal', text: '%1)', start: 3 }] }],
    ['odd', { levels: [{ format: 'decimal', text: '%1.', start: 1 }] }],
  ])
})

test('cross references show the number of their paragraph, alone or with the ones that contain it, or its text', () => {
  const paragraph = (listLevel: number, text: string, bookmark: string | null = null) => ({
    type: 'paragraph',
    attrs: { listStyle: 's', listLevel, bookmark },
    content: [{ type: 'text', text }],
  })
  const reference = (target: string, kind: string) => ({ type: 'crossReference', attrs: { target, kind, text: 'as imported' } })
  const content = {
    type: 'doc',
    content: [
      {
        type: 'paragraph',
        content: [reference('b1', 'number'), reference('b1', 'fullNumber'), reference('b1', 'text'), reference('x', 'number')],
      },
      paragraph(0, 'Fees'),
      paragraph(1, 'Payment'),
      paragraph(2, 'in euro', 'b1'),
    ],
  }
  const numbered = numberContent(content, styles(clauseStyle))
  expect(numbered.content?.[0]?.content?.map(({ attrs }) => attrs?.shown as unknown)).toEqual(['(a)', '1.1(a)', 'in euro', 'as imported'])
  expect(numbered.content?.[3]?.attrs?.number).toEqual({ label: '(a)', full: '1.1(a)', indent: 1 })
})
