import { createRequire } from 'node:module'
import type { JSONContent } from '@tiptap/core'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import type { ExportModel } from '../../domain/conversion/export/export-model.ts'
import { renderHtml } from '../../domain/conversion/export/html.ts'
import { renderMarkdown } from '../../domain/conversion/export/markdown/markdown.ts'
import { htmlToContent, readHtml } from '../../domain/conversion/import/html-reader.ts'
import { readMarkdown } from '../../domain/conversion/import/markdown-reader.ts'
import { numberContent } from '../../domain/documents/richtext/list-styles.ts'
import { sanitize } from '../../domain/documents/richtext/sanitize.ts'
import { chooseSize, createRandom, readSeed } from '../support/random.ts'
import { createRandomDocument, describeDocument, type Features } from '../support/random-document.ts'
import { paragraphNode, textNode } from '../support/sample-document.ts'

const { Parser, HtmlRenderer } = createRequire(import.meta.url)('commonmark') as {
  Parser: new () => { parse(text: string): unknown }
  HtmlRenderer: new () => { render(tree: unknown): string }
}
const readByCommonMark = (text: string) => new HtmlRenderer().render(new Parser().parse(text))
const readByGitHub = (text: string) =>
  micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true, allowDangerousProtocol: true })

const toModel = (content: JSONContent): ExportModel => ({
  title: 'Test',
  content: numberContent(content, new Map()),
  people: {},
  listStyles: new Map(),
  threads: [],
})
const write = (...blocks: JSONContent[]) => renderMarkdown(toModel(sanitize({ type: 'doc', content: blocks }))).trimEnd()
// the line break before the end of a code block is not its own
const inHtml = async (html: string) => sanitize((await htmlToContent(html.replaceAll('\n</code></pre>', '</code></pre>'))).content)
const headingNode = (...content: JSONContent[]): JSONContent => ({ type: 'heading', attrs: { level: 2 }, content })

describe('text in Markdown', () => {
  test.each<[string, JSONContent, string]>([
    ['bold beside punctuation', paragraphNode(textNode('“Affiliate”', 'bold'), textNode('s')), '<strong>“Affiliate”</strong>s'],
    ['bold beside letters', paragraphNode(textNode('本契約', 'bold'), textNode('は')), '**本契約**は'],
    ['bold and italic', paragraphNode(textNode('both', 'bold', 'italic'), textNode(' x')), '***both*** x'],
    ['spaces in bold', paragraphNode(textNode('a'), textNode(' b ', 'bold'), textNode('c')), 'a **b** c'],
    ['a number sign at the end of a heading', headingNode(textNode('Item #')), '## Item \\#'],
    ['a line break in a heading', headingNode(textNode('two'), { type: 'hardBreak' }, textNode('lines')), '## two<br>lines'],
    ['an address without a link', paragraphNode(textNode('http://example.org/a_b_c?x=1&y=2')), 'http\\://example.org/a_b_c?x=1&y=2'],
    ['a placeholder', paragraphNode(textNode('<Party A>')), '&lt;Party A>'],
    ['raised text', paragraphNode(textNode('10'), textNode('6', 'superscript')), '10<sup>6</sup>'],
    ['text like a footnote', paragraphNode(textNode('[^1]: x')), '\\[^1\\]: x'],
    ['spaces at the edges', paragraphNode(textNode(' a ')), '&#32;a&#32;'],
    ['a line break at the end', paragraphNode(textNode('a'), { type: 'hardBreak' }), 'a<br>'],
    ['a numbered paragraph', { ...paragraphNode(textNode('Terms')), attrs: { listStyle: 'clauses' } }, '1\\. Terms'],
    [
      'a direction against the first letter',
      { ...paragraphNode(textNode('abc')), attrs: { dir: 'rtl' } },
      '<div dir="rtl">\n\nabc\n\n</div>',
    ],
  ])('%s', (_, block, expected) => {
    expect(write(block)).toBe(expected)
  })
})

test('lists after lists stay lists of their own', async () => {
  const list = (type: string, text: string) => ({ type, content: [{ type: 'listItem', content: [paragraphNode(textNode(text))] }] })
  const content = sanitize({
    type: 'doc',
    content: [
      list('bulletList', 'a'),
      list('bulletList', 'b'),
      list('bulletList', 'c'),
      list('orderedList', 'd'),
      list('orderedList', 'e'),
    ],
  })
  const text = renderMarkdown(toModel(content))
  expect(text).toBe('- a\n\n* b\n\n- c\n\n1. d\n\n1) e\n')
  expect(describeDocument(await inHtml(readByCommonMark(text)))).toEqual(describeDocument(content))
})

const everything: Features = { tables: true, tasks: true, strike: true }
const count = chooseSize(40, 300)

/** Sends random documents through a writer and a reader. @returns how many there were */
async function compare(name: string, features: Features, read: (content: JSONContent) => Promise<JSONContent>, options = {}) {
  const random = createRandom(readSeed(name))
  for (let run = 0; run < count; run++) {
    const content = createRandomDocument(random, features)
    const found = describeDocument(await read(content), options)
    expect(found, `document ${run}: ${JSON.stringify(content)}`).toEqual(describeDocument(content, options))
  }
  console.log(`${name}: ${count} documents are the same`)
}

test('random documents come back from Markdown with their structure, words and marks', () =>
  compare('markdown, own reader', everything, async (content) => sanitize((await readMarkdown(renderMarkdown(toModel(content)))).content)))

test('an independent reader of CommonMark reads random documents alike', () =>
  compare(
    'markdown, commonmark.js',
    { tables: false, tasks: false, strike: false },
    (content) => inHtml(readByCommonMark(renderMarkdown(toModel(content)))),
    { joinSpaces: true },
  ))

test('an independent reader of GitHub’s Markdown reads random documents alike', () =>
  compare('markdown, micromark', everything, (content) => inHtml(readByGitHub(renderMarkdown(toModel(content)))), { joinSpaces: true }))

test('random documents come back from HTML with their structure, words and marks', () =>
  compare('html', everything, async (content) => sanitize((await readHtml(renderHtml(toModel(content)))).content)))
