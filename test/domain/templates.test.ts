import { describe, expect, test } from 'vitest'
import { isVariableName, proseSchema, variableLabel } from '../../domain/documents/richtext/schema.ts'
import { parseTemplate, listVariables } from '../../domain/legal/template-markup.ts'
import { notice, templateIds, templates, templateContent } from '../../domain/legal/template.ts'
import { parseClauseContent } from '../../domain/legal/clause-content.ts'

describe.each(templateIds)('the template %s', (id) => {
  const template = templates[id]

  test('is valid in the schema, has 200 to 750 words, and states that it is a sample', () => {
    const node = proseSchema.nodeFromJSON(templateContent(template))
    node.check()
    expect(node.child(0).textContent).toBe(template.title)
    expect(node.child(1).textContent).toBe(notice)
    const words = node.textContent.split(/\s+/).length
    expect(words).toBeGreaterThan(200)
    expect(words).toBeLessThan(750)
  })

  test('lists exactly its variables, with valid names', () => {
    const names = template.variables.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect([...names].sort()).toEqual(listVariables(template.text).sort())
    for (const name of names) expect(isVariableName(name)).toBe(true)
    const inText: string[] = []
    proseSchema.nodeFromJSON(templateContent(template)).descendants((node) => {
      if (node.type.name === 'variable') inText.push(String(node.attrs.name))
    })
    expect(new Set(inText)).toEqual(new Set(names))
    expect(proseSchema.nodeFromJSON(templateContent(template)).textContent).not.toMatch(/[{}*#]/)
  })
})

test('template markup is parsed by line: headings, lists, variables, bold text', () => {
  expect(parseTemplate('# One {{a}}\n\n- first\n- **second**\n1. third\nlast').content).toEqual([
    {
      type: 'heading',
      attrs: { level: 1 },
      content: [
        { type: 'text', text: 'One ' },
        { type: 'variable', attrs: { name: 'a' } },
      ],
    },
    {
      type: 'bulletList',
      content: [
        { type: 'listItem', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'first' }] }] },
        {
          type: 'listItem',
          content: [{ type: 'paragraph', content: [{ type: 'text', text: 'second', marks: [{ type: 'bold' }] }] }],
        },
      ],
    },
    {
      type: 'orderedList',
      content: [{ type: 'listItem', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'third' }] }] }],
    },
    { type: 'paragraph', content: [{ type: 'text', text: 'last' }] },
  ])
})

test('a variable is labelled with its name in words; invalid names are detected', () => {
  for (const name of ['second-party', 'secondParty', 'SECOND_PARTY', 'second party']) expect(variableLabel(name)).toBe('Second party')
  for (const invalid of ['', '1st', ' a', '<b>', 'a{b', `a${'x'.repeat(60)}`, 7, null, '__proto__'])
    expect(isVariableName(invalid)).toBe(false)
})

const paragraph = (...content: object[]) => ({ type: 'doc', content: [{ type: 'paragraph', content }] })
const link = (href: string) => paragraph({ type: 'text', text: 'here', marks: [{ type: 'link', attrs: { href, onclick: 'x()' } }] })

test.each([
  ['an unknown node type', { type: 'doc', content: [{ type: 'script', content: [{ type: 'text', text: 'x' }] }] }],
  ['an unknown mark type', paragraph({ type: 'text', text: 'x', marks: [{ type: 'blink' }] })],
  ['a javascript: link', link('javascript:alert(1)')],
  ['a disguised javascript: link', link(' java\nscript:alert(1)')],
  ['a data: link', link('data:text/html,x')],
  ['text directly in the document', { type: 'doc', content: [{ type: 'text', text: 'x' }] }],
  ['an item without a list', { type: 'doc', content: [{ type: 'listItem', content: [{ type: 'paragraph' }] }] }],
  ['a paragraph in place of the document', { type: 'paragraph', content: [{ type: 'text', text: 'x' }] }],
  ['a variable without a name', paragraph({ type: 'variable', attrs: { name: '<img>' } })],
  ['a heading of level nine', { type: 'doc', content: [{ type: 'heading', attrs: { level: 9 }, content: [{ type: 'text', text: 'x' }] }] }],
  ['no text', paragraph()],
  ['no content', { type: 'doc' }],
  ['a null node', { type: 'doc', content: [null] }],
  ['too many characters', paragraph({ type: 'text', text: 'x'.repeat(100_001) })],
  ['too many nodes', { type: 'doc', content: Array.from({ length: 3001 }, () => ({ type: 'paragraph' })) }],
  [
    'too much depth',
    Array.from({ length: 5000 }).reduce<object>((inner) => ({ type: 'blockquote', content: [inner] }), { type: 'paragraph' }),
  ],
])('a clause with %s is refused', (_, content) => {
  expect(() => parseClauseContent(content)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
})

test('a clause keeps only content of the schema, and its suggestions are accepted', () => {
  const { content, words } = parseClauseContent({
    type: 'doc',
    sneaky: true,
    content: [
      {
        type: 'paragraph',
        attrs: { suggestion: '{"id":"x"}', onclick: 'x()' },
        content: [
          { type: 'text', text: 'kept ', marks: [{ type: 'insertion', attrs: { id: '1', author: 'x', at: 'y' } }] },
          { type: 'text', text: 'gone ', marks: [{ type: 'deletion', attrs: { id: '2', author: 'x', at: 'y' } }] },
          { type: 'text', text: 'bold\u0000\ud800', marks: [{ type: 'bold', attrs: { style: 'x' } }] },
          { type: 'variable', attrs: { name: 'second-party', onclick: 'x()' } },
        ],
      },
    ],
  })
  expect(words).toBe('kept bold\ufffd\ufffdSecond party')
  expect(JSON.stringify(content)).not.toMatch(/onclick|sneaky|style|insertion|deletion|"x"|u0000/)
  const sanitized = parseClauseContent(link('https://example.org')).content
  expect(sanitized.content?.[0]?.content?.[0]?.marks?.[0]?.attrs).toMatchObject({ href: 'https://example.org' })
  expect(JSON.stringify(sanitized)).not.toContain('onclick')
})
