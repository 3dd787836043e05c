import type { JSONContent } from '@tiptap/core'
import { expect, test } from 'vitest'
import { createRedlineContent } from '../../domain/history/redline/redline-content.ts'

const text = (words: string, ...marks: string[]): JSONContent => ({
  type: 'text',
  text: words,
  ...(marks.length > 0 && { marks: marks.map((type) => ({ type })) }),
})
const paragraph = (...content: JSONContent[]): JSONContent => ({ type: 'paragraph', content })
const compare = (before: JSONContent[], after: JSONContent[]): JSONContent[] =>
  createRedlineContent({ content: { type: 'doc', content: before }, by: [] }, { content: { type: 'doc', content: after }, by: [] })
    .content as JSONContent[]

/** A paragraph as text: inserted words in `[+…]`, deleted ones in `[-…]`, words with another format in `[~…]` with the formats. */
function describe({ content = [] }: JSONContent): string {
  return content
    .map((part) => {
      const words = part.text ?? `{${part.attrs?.name}:${part.attrs?.value}}`
      const kind = part.marks?.map(({ type }) => type) ?? []
      const formats = part.marks?.find(({ type }) => type === 'formatChange')?.attrs
      if (kind.includes('insertion')) return `[+${words}]`
      if (kind.includes('deletion')) return `[-${words}]`
      const namesOf = (marks: { type: string }[], sign: string) => marks.map(({ type }) => sign + type).join('')
      return formats ? `[~${words} ${namesOf(formats.added, '+')}${namesOf(formats.removed, '-')}]` : words
    })
    .join('')
}

test('words keep their formats, and a change of format alone is marked on the letters that it concerns', () => {
  const before = [paragraph(text('The fee is '), text('ten', 'bold'), text(' euros. Unbelievable.'))]
  const after = [paragraph(text('The fee is '), text('nine', 'bold'), text(' euros. Un'), text('believ', 'italic'), text('able.'))]
  const [block] = compare(before, after)
  expect(describe(block as JSONContent)).toBe('The fee is [-ten][+nine] euros. Un[~believ +italic]able.')
  const nine = block?.content?.find((part) => part.text === 'nine')
  expect(nine?.marks?.map(({ type }) => type)).toEqual(['bold', 'insertion'])
  expect(describe(compare(after, [paragraph(text('The fee is nine euros. Unbelievable.'))])[0] as JSONContent)).toBe(
    'The fee is [~nine -bold] euros. Un[~believ -italic]able.',
  )
})

test('a redline never divides a character', () => {
  const [block] = compare([paragraph(text('Team 👩‍👩‍👧 and é'))], [paragraph(text('Team 👩‍👩‍👦 and è'))])
  expect(describe(block as JSONContent)).toBe('Team [-👩‍👩‍👧][+👩‍👩‍👦] and [-é][+è]')
})

test('another type or level of a block is marked with the type before; numbers that follow from other paragraphs are not', () => {
  const clause = (words: string, number: string): JSONContent => ({
    type: 'paragraph',
    attrs: { listStyle: 'clauses', number: { label: number, full: number } },
    content: [text(words)],
  })
  const [title, added, second] = compare(
    [paragraph(text('Price of the lamp')), clause('Delivery in May', '1.')],
    [
      { type: 'heading', attrs: { level: 2 }, content: [text('Price of the lamp')] },
      clause('Payment at once', '1.'),
      clause('Delivery in May', '2.'),
    ],
  )
  expect(JSON.parse(title?.attrs?.suggestion)).toMatchObject({ kind: 'change', was: { type: 'paragraph', attrs: {} } })
  expect(JSON.parse(added?.attrs?.suggestion)).toMatchObject({ kind: 'insert' })
  expect(second?.attrs).toEqual({ listStyle: 'clauses', number: { label: '2.', full: '2.' } })
})

test('another value of a field is the old value deleted and the new one inserted', () => {
  const field = (value: string): JSONContent => ({ type: 'variable', attrs: { name: 'owner', value } })
  const [block] = compare([paragraph(text('By '), field('Acme'))], [paragraph(text('By '), field('Beta'))])
  expect(describe(block as JSONContent)).toBe('By [-{owner:Acme}][+{owner:Beta}]')
})
