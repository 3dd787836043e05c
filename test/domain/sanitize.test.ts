import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { sanitize } from '../../domain/documents/richtext/sanitize.ts'
import { readContent, contentToUpdate } from '../../domain/documents/richtext/to-json.ts'
import { proseSchema } from '../../domain/documents/richtext/schema.ts'
import { readValues } from '../../domain/documents/richtext/variables.ts'
import { createRandom, readSeed } from '../support/random.ts'

const element = (name: string, attributes: Record<string, unknown> = {}, ...children: (Y.XmlElement | Y.XmlText)[]) => {
  const created = new Y.XmlElement(name)
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value as string)
  created.insert(0, children)
  return created
}
const textNode = (text: string, marks: Record<string, unknown> = {}) => {
  const created = new Y.XmlText()
  created.insert(0, text, marks as object)
  return created
}
async function readParts(...parts: (Y.XmlElement | Y.XmlText | Y.XmlHook)[]) {
  const document = new Y.Doc()
  document.getXmlFragment('default').insert(0, parts as Y.XmlElement[])
  const content = await readContent(document)
  proseSchema.nodeFromJSON(content).check()
  return content
}

test('content of an editor is not changed', async () => {
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
  [9, 6],
  ['x', 1],
])('a heading of level %j has level %i, in the history and in an editor', async (level, shown) => {
  const content = await readParts(element('heading', level === undefined ? {} : { level }, textNode('Terms')))
  expect(content.content?.[0]?.attrs?.level).toBe(shown)
  const heading = proseSchema.node('heading', { level: level ?? 1 })
  expect(heading.type.spec.toDOM?.(heading)).toMatchObject([`h${shown}`, {}, 0])
})

test('an uneven table is filled, and spans that overlap or exceed the table are shortened', async () => {
  const cell = (text: string, attributes: Record<string, unknown> = {}) =>
    element('tableCell', attributes, element('paragraph', {}, textNode(text)))
  const row = (...cells: Y.XmlElement[]) => element('tableRow', {}, ...cells)
  const shape = async (...rows: Y.XmlElement[]) => {
    const [table] = (await readParts(element('table', {}, ...rows))).content ?? []
    return (table?.content ?? []).map(({ content }) => (content ?? []).map(({ attrs }) => [attrs?.colspan, attrs?.rowspan].join('x')))
  }
  const single = '1x1'
  expect(await shape(row(cell('a'), cell('b'), cell('c')), row(cell('d'), cell('e')))).toEqual([
    [single, single, single],
    [single, single, single],
  ])
  expect(await shape(row(cell('a', { colspan: 3 })), row(cell('b')), row())).toEqual([
    ['3x1'],
    [single, single, single],
    [single, single, single],
  ])
  expect(await shape(row(cell('a', { rowspan: 5 }), cell('b')), row(cell('c')))).toEqual([['1x2', single], [single]])
  expect(await shape(row(cell('a'), cell('b', { rowspan: 2 })), row(cell('c', { colspan: 2 })))).toEqual([[single, '1x2'], [single]])
  expect(await shape(row(), row())).toEqual([])
})

test('text can be code and have other marks, whatever their order', async () => {
  const content = await readParts(element('paragraph', {}, textNode('both', { bold: {}, code: {}, link: { href: 'https://example.org' } })))
  expect(content.content?.[0]?.content?.[0]?.marks?.map(({ type }) => type)).toEqual(['link', 'bold', 'code'])
})

test('unknown nodes are replaced by their text; scripts, event handlers and their attributes are removed', async () => {
  const content = await readParts(
    element('script', { src: 'https://evil.example/x.js' }, textNode('alert(1)')),
    element('iframe', { srcdoc: '<b>' }, element('paragraph', { onclick: 'steal()', style: 'x' }, textNode('inside'))),
    textNode('bare words', { blink: {}, bold: {} }),
    element(
      'paragraph',
      { onerror: 'x' },
      element('image', { src: 'x' }),
      textNode('and', { link: { href: 'https://ok.example', onclick: 'x', class: 'y' } }),
    ),
    new Y.XmlHook('hook'),
  )
  const text = JSON.stringify(content)
  for (const removed of ['script', 'evil', 'onclick', 'onerror', 'iframe', 'style', 'blink', 'steal', 'image'])
    expect(text).not.toContain(removed)
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
])('a link to %j is removed', async (href) => {
  const content = await readParts(element('paragraph', {}, textNode('here', { link: { href }, bold: {} })))
  expect(content.content?.[0]?.content).toEqual([{ type: 'text', text: 'here', marks: [{ type: 'bold' }] }])
})

test('invalid attributes are replaced by the defaults of the schema', async () => {
  const content = await readParts(
    element('heading', { level: '<h1>', suggestion: '{"id":1}', listStyle: '<b>', dir: 'up' }, textNode('h')),
    element('orderedList', { start: -5, type: '"><script>' }, element('listItem', {}, element('paragraph'))),
    element('codeBlock', { language: '"><img src=x onerror=x>' }, textNode('c', { bold: {} })),
    element('table', {}, element('tableRow', {}, element('tableCell', { colspan: 1e9, rowspan: 'x', colwidth: ['<'] }, textNode('cell')))),
    element('paragraph', {}, element('variable', { name: { toString: 'x' } })),
    textNode('who', { 'insertion--abcdefgh': { id: 1, author: {}, at: 'yesterday' } }),
  )
  const [heading, list, code, table, , inserted] = content.content ?? []
  expect(heading?.attrs).toMatchObject({ level: 1, suggestion: null, listStyle: null, dir: null })
  expect(list?.attrs).toMatchObject({ start: 1, type: null })
  expect(code).toEqual({ type: 'codeBlock', attrs: { language: null, suggestion: null }, content: [{ type: 'text', text: 'c' }] })
  expect(table?.content?.[0]?.content?.[0]?.attrs).toMatchObject({ colspan: 1, rowspan: 1, colwidth: null })
  expect(inserted?.content?.[0]?.marks).toEqual([{ type: 'insertion', attrs: { id: null, author: null, at: null } }])
})

test('misplaced blocks are moved to an allowed place', async () => {
  const content = await readParts(
    element('listItem', {}, element('paragraph', {}, textNode('item'))),
    element('tableRow', {}, element('tableCell', {}, textNode('cell'))),
    element('bulletList', {}, element('paragraph', {}, textNode('no item'))),
    element('paragraph', {}, element('heading', {}, textNode('in a paragraph'))),
    element('table'),
    element('bulletList'),
    element('doc', {}, element('paragraph', {}, textNode('a document'))),
  )
  const text = JSON.stringify(content)
  for (const kept of ['item', 'cell', 'no item', 'in a paragraph', 'a document']) expect(text).toContain(kept)
})

test('invalid characters are replaced by U+FFFD', async () => {
  const content = await readParts(element('paragraph', {}, textNode('a\u0000b\u001fc\ud800d\uffff')))
  expect(content.content?.[0]?.content?.[0]?.text).toBe('a\ufffdb\ufffdc\ufffdd\ufffd')
})

test('a text nested deeper than the call stack allows is read without an error, and keeps its text up to the depth limit', async () => {
  const document = new Y.Doc()
  let inner: Y.XmlFragment = document.getXmlFragment('default')
  for (let depth = 0; depth < 2000; depth++) {
    const next = element('blockquote')
    inner.insert(0, [next])
    if (depth === 100) inner.insert(1, [textNode('a hundred down')])
    inner = next
  }
  const content = await readContent(document)
  proseSchema.nodeFromJSON(content).check()
  expect(JSON.stringify(content)).toContain('a hundred down')
})

test('root types of another kind and an empty document give an empty text', async () => {
  const document = new Y.Doc()
  document.getMap('default').set('a', 1)
  document.getText('variables').insert(0, 'x')
  const empty = proseSchema.nodeFromJSON({ type: 'doc', content: [{ type: 'paragraph' }] }).toJSON() as object
  expect(await readContent(document)).toEqual(empty)
  expect([...readValues(document)]).toEqual([])
  expect(await readContent(new Y.Doc())).toEqual(empty)
  expect(sanitize({ type: 'doc', content: 'x' } as never)).toEqual(empty)
  expect(sanitize(null as never)).toEqual(empty)
})

test('random content is valid in the schema after sanitizing (property)', async () => {
  const random = createRandom(readSeed('sanitize'))
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T
  const names = [...Object.keys(proseSchema.nodes), 'script', 'constructor', '__proto__', 'image', '']
  const marks = [...Object.keys(proseSchema.marks), 'toString', 'font', 'insertion--abcdefgh']
  const pickInvalid = () => pick<unknown>(['x', -1, 2, null, true, {}, [], 'javascript:x', 'https://a.example', '\u0000'])
  const createPart = (depth: number): Y.XmlElement | Y.XmlText => {
    if (depth > 5 || random() < 0.35) {
      const text = textNode('')
      for (let n = 0; n < 3; n++)
        text.insert(text.length, pick(['ab', '<b>', '\ud800', '\n']), {
          [pick(marks)]: pick([{}, { href: pickInvalid(), id: pickInvalid() }, true]) as object,
        })
      return text
    }
    const attributes = Object.fromEntries(['level', 'start', 'colspan', 'name', 'suggestion', 'href'].map((name) => [name, pickInvalid()]))
    return element(pick(names), attributes, ...Array.from({ length: Math.floor(random() * 4) }, () => createPart(depth + 1)))
  }
  for (let round = 0; round < 300; round++) {
    const content = await readParts(...Array.from({ length: 1 + Math.floor(random() * 4) }, () => createPart(0)))
    expect(sanitize(content)).toEqual(content)
    expect(JSON.stringify(content)).not.toContain('"href":"javascript:')
  }
})
