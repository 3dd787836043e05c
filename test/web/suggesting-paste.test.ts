import type { Node } from '@tiptap/pm/model'
import { NodeSelection } from '@tiptap/pm/state'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'
import { readSuggestionOfBlock } from '../../web/features/suggestions/suggestion.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { type TestEditor, connectEditors, selectText } from '../support/editor.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'

const open = setUpEditors()

/** Two connected editors with a text. The first is in suggestion mode. */
function suggesting(html: string): { ann: TestEditor; ben: TestEditor } {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  ann.editor.commands.setContent(html)
  setSuggesting(ann.editor, true)
  return { ann, ben }
}

/** The original text and the suggested text. Text is suggested by a mark or, in code blocks without marks, by its block. */
function wordsOf(doc: Node): { before: string; suggested: string } {
  const words = { before: '', suggested: '' }
  doc.descendants((node, pos) => {
    if (!node.isText) return
    const $pos = doc.resolve(pos)
    const blocks = Array.from({ length: $pos.depth }, (_, depth) => $pos.node(depth + 1))
    const withBlock = $pos.parent.type.spec.code && blocks.some((block) => readSuggestionOfBlock(block)?.kind === 'insert')
    const came = withBlock || node.marks.some(({ type }) => type.name === 'insertion')
    words[came ? 'suggested' : 'before'] += node.text
  })
  return words
}

const letters = (text: string) => text.replace(/\s/g, '')

test('a code block pasted in suggestion mode becomes a suggested block', () => {
  const { ann, ben } = suggesting('<p>Some words here</p>')
  selectText(ann, 16)
  ann.editor.view.pasteHTML('<p>x</p><pre><code>let a = 1</code></pre><p>y</p>')
  expect(ann.refusals).toBe(0)
  expect(wordsOf(ben.editor.state.doc)).toEqual({ before: 'Some words here', suggested: 'xlet a = 1y' })
  ben.editor.state.doc.check()
})

test('a quote with a code block is pasted completely', () => {
  const { ann, ben } = suggesting('<p></p>')
  ann.editor.view.pasteHTML('<blockquote><pre><code>const lost = true</code></pre></blockquote><p>after</p>')
  expect(ann.refusals).toBe(0)
  for (const { editor } of [ann, ben]) expect(editor.getText()).toContain('const lost = true')
  expect(wordsOf(ben.editor.state.doc)).toEqual({ before: '', suggested: 'const lost = trueafter' })
})

test('a part of a code block pasted into a paragraph does not change the original text', () => {
  const { ann } = suggesting('<p>Some words here</p>')
  selectText(ann, 5)
  ann.editor.view.pasteHTML('<pre data-pm-slice="1 1 []"><code>code</code></pre>')
  expect(wordsOf(ann.editor.state.doc).before).toBe('Some words here')
})

test('deleting a placeholder for unsupported content in suggestion mode is refused', () => {
  const doc = new Y.Doc()
  doc.getXmlFragment('default').insert(0, [new Y.XmlElement('image')])
  const ann = open('Ann', { doc })
  setSuggesting(ann.editor, true)
  ann.editor.view.dispatch(ann.editor.state.tr.setSelection(NodeSelection.create(ann.editor.state.doc, 0)))
  ann.editor.commands.deleteSelection()
  expect(ann.refusals).toBe(1)
  expect(doc.getXmlFragment('default').toString()).toBe('<image></image>')
})

const targets = [
  '<p></p>',
  '<p>Some words here</p>',
  '<h2>Heading</h2><p>Words</p>',
  '<ul><li><p>item</p><ul><li><p>nested</p></li></ul></li><li><p>second</p></li></ul>',
  '<ol><li><p>one</p></li></ol>',
  '<blockquote><p>quoted</p></blockquote>',
  '<pre><code>let code</code></pre>',
  '<table><tr><td><p>cell</p></td><td><p>other</p></td></tr></table>',
  '<p>a</p><hr><p>b</p>',
]

/** A random HTML fragment with a maximum depth. */
function pieceOf(random: () => number, depth: number): string {
  const some = (most: number) => Math.floor(random() * (most + 1))
  const words = () => ['x', 'two words', '<b>bold</b> more', '<code>code</code>', 'a<i>b</i><a href="https://example.org">c</a>'][some(4)]
  const inside = () => Array.from({ length: 1 + some(1) }, () => pieceOf(random, depth - 1)).join('')
  const kind = some(depth > 0 ? 11 : 3)
  if (kind < 3) return `<p>${words()}</p>`
  if (kind === 3) return `<pre><code>let ${some(99)}\n  b</code></pre>`
  if (kind === 4) return `<h${1 + some(2)}>${words()}</h${1 + some(2)}>`
  if (kind === 5) return `<ul><li>${inside()}</li><li>${words()}</li></ul>`
  if (kind === 6) return `<ol><li>${inside()}</li></ol>`
  if (kind === 7) return `<blockquote>${inside()}</blockquote>`
  if (kind === 8) return `<table><tr><td>${inside()}</td><td>${words()}</td></tr></table>`
  if (kind === 9) return '<hr>'
  if (kind === 10) return `<p>line<br>break</p>`
  return random() < 0.5 ? `${words()}` : '<p>a <span data-variable="party">{{party}}</span></p>'
}

test('pasting random content keeps the original text, and suggests the content or is refused (property)', () => {
  const random = createRandom(readSeed('pasting while suggesting'))
  const some = (most: number) => Math.floor(random() * (most + 1))
  let taken = 0
  const rounds = chooseSize(40, 150)
  for (let round = 0; round < rounds; round++) {
    const { ann, ben } = suggesting(targets[some(targets.length - 1)] as string)
    const before = letters(wordsOf(ann.editor.state.doc).before)
    for (let turn = 0; turn < 3; turn++) {
      const { size } = ann.editor.state.doc.content
      const from = some(size)
      selectText(ann, from, random() < 0.6 ? from : some(size))
      const html = Array.from({ length: 1 + some(2) }, () => pieceOf(random, 2)).join('')
      const open = some(2)
      const { refusals } = ann
      const was = ann.editor.state.doc
      ann.editor.view.pasteHTML(random() < 0.3 ? html.replace(/^<(\w+)/, `<$1 data-pm-slice="${open} ${open} []"`) : html)
      const { doc } = ann.editor.state
      doc.check()
      if (ann.refusals > refusals) expect(doc.eq(was), html).toBe(true)
      else taken++
      expect(letters(wordsOf(doc).before), `${html} in ${was.toString()}`).toBe(before)
      expect(ben.editor.state.doc.toJSON(), `${html} in ${was.toString()}`).toEqual(doc.toJSON())
    }
    for (const { editor } of [ann, ben]) editor.destroy()
  }
  expect(taken).toBeGreaterThan((rounds * 2) / 3)
})
