import { describe, expect, test } from 'vitest'
import type { JSONContent } from '@tiptap/core'
import { readHtml } from '../../domain/conversion/import/html-reader.ts'
import { readMarkdown } from '../../domain/conversion/import/markdown-reader.ts'
import { readPlainText } from '../../domain/conversion/import/text-reader.ts'
import { sanitize } from '../../domain/documents/richtext/sanitize.ts'
import { describeDocument } from '../support/random-document.ts'

const markdown = async (text: string) => describeDocument(sanitize((await readMarkdown(text)).content))
const html = async (text: string) => describeDocument(sanitize((await readHtml(text)).content))
const wordsOf = (part: JSONContent): string => part.text ?? (part.content ?? []).map(wordsOf).join('')

test('plain text keeps its lines, indents and numbers, and nothing in it is markup', () => {
  const text =
    'ALDER WORKS LTD\r\n12 Harbour Road\n\nDear <Recipient>,\n\n    indented\n\n2. Second\n10. Tenth\n* not * a_b_c\nName:   ____\n'
  expect(describeDocument(sanitize(readPlainText(text).content))).toEqual([
    '/paragraph: ALDER WORKS LTD\n12 Harbour Road',
    '/paragraph: Dear <Recipient>,',
    '/paragraph:     indented',
    '/paragraph: 2. Second\n10. Tenth\n* not * a_b_c\nName:   ____',
  ])
})

describe('Markdown is read', () => {
  test.each<[string, string, string[]]>([
    [
      'with placeholders in angle brackets as text',
      'Between <Party A> and <date>, <b>bold</b>.',
      ['/paragraph: Between <Party A> and <date>, ⟦bold⟧bold⟦⟧.'],
    ],
    ['with a placeholder on a line of its own', '<Party A>\n\nnext', ['/paragraph: <Party A>', '/paragraph: next']],
    ['with a placeholder in a block of HTML', '<div><Party A></div>', ['/paragraph: <Party A>']],
    ['with raised text', '10<sup>6</sup> H<sub>2</sub>O', ['/paragraph: 10⟦superscript⟧6 ⟦⟧H⟦subscript⟧2⟦⟧O']],
    ['with six levels of headings', '#### Four\n\n###### Six', ['/heading4: Four', '/heading6: Six']],
    [
      'with tasks, and other items in a list of their own',
      '- [x] done\n- [ ] open\n- plain\n- \\[ ] escaped',
      [
        '/taskList/taskItemtrue0/paragraph: done',
        '/taskList/taskItemfalse1/paragraph: open',
        '/bulletList/listItem0/paragraph: plain',
        '/bulletList/listItem1/paragraph: [ ] escaped',
      ],
    ],
    [
      'with footnotes at the end, used or not',
      'Price.[^1]\n\n[^1]: Index-linked.\n[^x]: Never used.',
      [
        '/paragraph: Price.⟦superscript⟧[1]',
        '/horizontalRule: ---',
        '/orderedList1/listItem0/paragraph: Index-linked.',
        '/orderedList1/listItem1/paragraph: Never used.',
      ],
    ],
    [
      'with addresses as links, unless they are escaped',
      'http://a.example/b_c http\\://d.example',
      ['/paragraph: ⟦link(http://a.example/b_c)⟧http://a.example/b_c ⟦⟧http://d.example'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await markdown(text)).toEqual(expected)
  })

  test('without its front matter, with a warning', async () => {
    const { content, warnings } = await readMarkdown('---\ntitle: NDA\ntags:\n  - a\n---\n# Body\n')
    expect(wordsOf(content)).toBe('Body')
    expect(warnings).toEqual(['The front matter (properties of the file) was left out.'])
    // a line between two rules is none
    expect(wordsOf((await readMarkdown('---\n\nWords\n\n---\n')).content)).toBe('Words')
  })

  test.each<[string, string, string]>([
    ['quotations', `${'> '.repeat(2000)}deep`, 'deep'],
    ['lists', `${'- '.repeat(2000)}deep`, 'deep'],
    ['brackets', `${'['.repeat(20_000)}deep`, 'deep'],
    ['emphasis', `${'*a _b '.repeat(5000)}deep`, 'deep'],
    ['elements', `${'<b><i>'.repeat(20_000)}deep`, 'deep'],
    ['one line', `${'word '.repeat(100_000)}deep`, 'deep'],
  ])('with all words of deeply nested or long text: %s', async (_, text, word) => {
    expect(wordsOf(sanitize((await readMarkdown(text)).content))).toContain(word)
  })
})

describe('HTML is read', () => {
  test('without hidden text, with a warning', async () => {
    const page =
      '<style>.no{display:none}@media print{.yes{display:none}}</style><p>Shown.</p><p hidden>one</p><p style="display: none">two</p><p style="visibility:hidden">three</p><p class="no">four</p><p class="yes">Here.</p><p aria-hidden="true">Too.</p>'
    const { content, warnings } = await readHtml(page)
    expect(wordsOf(content)).toBe('Shown.Here.Too.')
    expect(warnings).toEqual(['Hidden text was left out.'])
  })

  test.each<[string, string, string[]]>([
    ['with the direction of the elements around', '<div dir="rtl"><p>a</p><p dir="ltr">b</p></div>', ['/paragraph: a', '/paragraph: b']],
    ['with the words of unknown elements', '<my-card>in <o:p>it</o:p></my-card>', ['/paragraph: in it']],
    ['with placeholders that nothing closes', '<p>Dear <Recipient name>,</p>', ['/paragraph: Dear <Recipient name>,']],
    [
      'with check boxes outside lists as signs',
      '<p><input type="checkbox" checked> yes <input type="checkbox"> no</p>',
      ['/paragraph: ☑ yes ☐ no'],
    ],
  ])('%s', async (_, text, expected) => {
    expect(await html(text)).toEqual(expected)
  })

  test('with explicit directions', async () => {
    const { content } = await readHtml('<div dir="rtl"><p>a</p><h2 dir="ltr">b</h2></div><p>c</p>')
    expect(content.content?.map(({ attrs }) => attrs?.dir as unknown)).toEqual(['rtl', 'ltr', null])
  })
})
