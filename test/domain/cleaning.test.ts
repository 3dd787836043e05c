import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { sanitize } from '../../domain/documents/richtext/sanitize.ts'
import { readContent, contentToUpdate } from '../../domain/documents/richtext/to-json.ts'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { readValues } from '../../domain/documents/richtext/variables.ts'
import { createRandom, readSeed } from '../support/random.ts'

const element = (name: string, attributes: Record<string, unknown> = {}, ...children: (Y.XmlElement | Y.XmlText)[]) => {
  const one = new Y.XmlElement(name)
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value as string)
  one.insert(0, children)
  return one
}
const words = (text: string, marks: Record<string, unknown> = {}) => {
  const one = new Y.XmlText()
  one.insert(0, text, marks as object)
  return one
}
async function readOf(...parts: (Y.XmlElement | Y.XmlText | Y.XmlHook)[]) {
  const document = new Y.Doc()
  document.getXmlFragment('default').insert(0, parts as Y.XmlElement[])
  const content = await readContent(document)
  proseSchema.nodeFromJSON(content).check()
  return content
}

test('what an editor writes stays as it is', async () => {
  const mark = (type: string, attrs?: object) => ({ type, ...(attrs && { attrs }) })
  const content = sanitize({
    type: 'doc',
    content: [
      { type: 'heading', attrs: { level: 2 }, content: [{ type: 'text', text: 'Terms' }] },
      {
        type: 'paragraph',
        content: [
          { type: 'text', text: 'bold', marks: [mark('bold'), mark('italic')] },
          { type: 'text', text: 'web', marks: [mark('link', { href: 'https://example.org/a?b=c' })] },
          { type: 'text', text: 'new', marks: [mark('insertion', { id: 's1', author: 'a', at: '2026-01-01T00:00:00.000Z' })] },
          { type: 'hardBreak' },
          { type: 'variable', attrs: { name: 'party' } },
        ],
      },
      { type: 'orderedList', attrs: { start: 3 }, content: [{ type: 'listItem', content: [{ type: 'paragraph' }] }] },
      { type: 'table', content: [{ type: 'tableRow', content: [{ type: 'tableHeader', content: [{ type: 'paragraph' }] }] }] },
      { type: 'codeBlock', attrs: { language: 'sql' }, content: [{ type: 'text', text: 'select 1\n' }] },
      { type: 'horizontalRule' },
    ],
  })
  const document = new Y.Doc()
  Y.applyUpdate(document, await contentToUpdate(content))
  expect(await readContent(document)).toEqual(content)
  expect(JSON.stringify(content)).toContain('"s1"')
})

test.each([
  [undefined, 1],
  ['2', 2],
  [0, 1],
  [3, 3],
  [6, 3],
  ['x', 1],
])('a heading of level %j is of level %i, in the past and in an editor', async (level, shown) => {
  const content = await readOf(element('heading', level === undefined ? {} : { level }, words('Terms')))
  expect(content.content?.[0]?.attrs?.level).toBe(shown)
  const heading = proseSchema.node('heading', { level: level ?? 1 })
  expect(heading.type.spec.toDOM?.(heading)).toMatchObject([`h${shown}`, {}, 0])
})

test('an uneven table is filled, and spans that overlap or reach below it are shortened', async () => {
  const cell = (text: string, attributes: Record<string, unknown> = {}) =>
    element('tableCell', attributes, element('paragraph', {}, words(text)))
  const row = (...cells: Y.XmlElement[]) => element('tableRow', {}, ...cells)
  const shape = async (...rows: Y.XmlElement[]) => {
    const [table] = (await readOf(element('table', {}, ...rows))).content ?? []
    return (table?.content ?? []).map(({ content }) => (content ?? []).map(({ attrs }) => [attrs?.colspan, attrs?.rowspan].join('x')))
  }
  const one = '1x1'
  expect(await shape(row(cell('a'), cell('b'), cell('c')), row(cell('d'), cell('e')))).toEqual([
    [one, one, one],
    [one, one, one],
  ])
  expect(await shape(row(cell('a', { colspan: 3 })), row(cell('b')), row())).toEqual([['3x1'], [one, one, one], [one, one, one]])
  expect(await shape(row(cell('a', { rowspan: 5 }), cell('b')), row(cell('c')))).toEqual([['1x2', one], [one]])
  expect(await shape(row(cell('a'), cell('b', { rowspan: 2 })), row(cell('c', { colspan: 2 })))).toEqual([[one, '1x2'], [one]])
  expect(await shape(row(), row())).toEqual([])
})

test('words may be code and anything else at once, in each order in which they became so', async () => {
  const content = await readOf(element('paragraph', {}, words('both', { bold: {}, code: {}, link: { href: 'https://example.org' } })))
  expect(content.content?.[0]?.content?.[0]?.marks?.map(({ type }) => type)).toEqual(['link', 'bold', 'code'])
})

test('unknown parts leave their words, and scripts, handlers and their attributes go', async () => {
  const content = await readOf(
    element('script', { src: 'https://evil.example/x.js' }, words('alert(1)')),
    element('iframe', { srcdoc: '<b>' }, element('paragraph', { onclick: 'steal()', style: 'x' }, words('inside'))),
    words('bare words', { blink: {}, bold: {} }),
    element(
      'paragraph',
      { onerror: 'x' },
      element('image', { src: 'x' }),
      words('and', { link: { href: 'https://ok.example', onclick: 'x', class: 'y' } }),
    ),
    new Y.XmlHook('hook'),
  )
  const text = JSON.stringify(content)
  for (const gone of ['script', 'evil', 'onclick', 'onerror', 'iframe', 'style', 'blink', 'steal', 'image'])
    expect(text).not.toContain(gone)
  for (const kept of ['alert(1)', 'inside', 'bare words', 'https://ok.example']) expect(text).toContain(kept)
})

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:x',
  'java\nscript:x',
  'data:text/html,<b>',
  'vbscript:x',
  'file:///etc/passwd',
  '//evil.example',
  42,
  null,
  { a: 1 },
])('a link to %j is no link', async (href) => {
  const content = await readOf(element('paragraph', {}, words('here', { link: { href }, bold: {} })))
  expect(content.content?.[0]?.content).toEqual([{ type: 'text', text: 'here', marks: [{ type: 'bold' }] }])
})

test('attributes are what they may be, or the schema’s own', async () => {
  const content = await readOf(
    element('heading', { level: '<h1>', suggestion: '{"id":1}' }, words('h')),
    element('orderedList', { start: -5, type: '"><script>' }, element('listItem', {}, element('paragraph'))),
    element('codeBlock', { language: '"><img src=x onerror=x>' }, words('c', { bold: {} })),
    element('table', {}, element('tableRow', {}, element('tableCell', { colspan: 1e9, rowspan: 'x', colwidth: ['<'] }, words('cell')))),
    element('paragraph', {}, element('variable', { name: { toString: 'x' } })),
    words('who', { 'insertion--abcdefgh': { id: 1, author: {}, at: 'yesterday' } }),
  )
  const [heading, list, code, table, , who] = content.content ?? []
  expect(heading?.attrs).toEqual({ level: 1, suggestion: null })
  expect(list?.attrs).toMatchObject({ start: 1, type: null })
  expect(code).toEqual({ type: 'codeBlock', attrs: { language: null, suggestion: null }, content: [{ type: 'text', text: 'c' }] })
  expect(table?.content?.[0]?.content?.[0]?.attrs).toMatchObject({ colspan: 1, rowspan: 1, colwidth: null })
  expect(who?.content?.[0]?.marks).toEqual([{ type: 'insertion', attrs: { id: null, author: null, at: null } }])
})

test('blocks in the wrong place find a right one', async () => {
  const content = await readOf(
    element('listItem', {}, element('paragraph', {}, words('item'))),
    element('tableRow', {}, element('tableCell', {}, words('cell'))),
    element('bulletList', {}, element('paragraph', {}, words('no item'))),
    element('paragraph', {}, element('heading', {}, words('in a paragraph'))),
    element('table'),
    element('bulletList'),
    element('doc', {}, element('paragraph', {}, words('a document'))),
  )
  const text = JSON.stringify(content)
  for (const kept of ['item', 'cell', 'no item', 'in a paragraph', 'a document']) expect(text).toContain(kept)
})

test('signs that no file may hold become signs that say so, one for one', async () => {
  const content = await readOf(element('paragraph', {}, words('a\u0000b\u001fc\ud800d\uffff')))
  expect(content.content?.[0]?.content?.[0]?.text).toBe('a\ufffdb\ufffdc\ufffdd\ufffd')
})

test('a text deeper than any stack is read, and its words are kept as far as one reads', async () => {
  const document = new Y.Doc()
  let inner: Y.XmlFragment = document.getXmlFragment('default')
  for (let depth = 0; depth < 2000; depth++) {
    const next = element('blockquote')
    inner.insert(0, [next])
    if (depth === 100) inner.insert(1, [words('a hundred down')])
    inner = next
  }
  const content = await readContent(document)
  proseSchema.nodeFromJSON(content).check()
  expect(JSON.stringify(content)).toContain('a hundred down')
})

test('roots of other types, and an empty document, are an empty text', async () => {
  const document = new Y.Doc()
  document.getMap('default').set('a', 1)
  document.getText('variables').insert(0, 'x')
  const empty = { type: 'doc', content: [{ type: 'paragraph', attrs: { suggestion: null } }] }
  expect(await readContent(document)).toEqual(empty)
  expect([...readValues(document)]).toEqual([])
  expect(await readContent(new Y.Doc())).toEqual(empty)
  expect(sanitize({ type: 'doc', content: 'x' } as never)).toEqual(empty)
  expect(sanitize(null as never)).toEqual(empty)
})

test('whatever is written, it is a text of the schema (property)', async () => {
  const random = createRandom(readSeed('cleaning'))
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T
  const names = [...Object.keys(proseSchema.nodes), 'script', 'constructor', '__proto__', 'image', '']
  const marks = [...Object.keys(proseSchema.marks), 'toString', 'font', 'insertion--abcdefgh']
  const odd = () => pick<unknown>(['x', -1, 2, null, true, {}, [], 'javascript:x', 'https://a.example', '\u0000'])
  const part = (depth: number): Y.XmlElement | Y.XmlText => {
    if (depth > 5 || random() < 0.35) {
      const one = words('')
      for (let n = 0; n < 3; n++)
        one.insert(one.length, pick(['ab', '<b>', '\ud800', '\n']), {
          [pick(marks)]: pick([{}, { href: odd(), id: odd() }, true]) as object,
        })
      return one
    }
    const attributes = Object.fromEntries(['level', 'start', 'colspan', 'name', 'suggestion', 'href'].map((name) => [name, odd()]))
    return element(pick(names), attributes, ...Array.from({ length: Math.floor(random() * 4) }, () => part(depth + 1)))
  }
  for (let round = 0; round < 300; round++) {
    const content = await readOf(...Array.from({ length: 1 + Math.floor(random() * 4) }, () => part(0)))
    expect(sanitize(content)).toEqual(content)
    expect(JSON.stringify(content)).not.toContain('"href":"javascript:')
  }
})
