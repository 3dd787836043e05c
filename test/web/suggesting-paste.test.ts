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
function openSuggesting(html: string): { ann: TestEditor; ben: TestEditor } {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  ann.editor.commands.setContent(html)
  setSuggesting(ann.editor, true)
  return { ann, ben }
}

/** The original text and the suggested text. Text is suggested by a mark or, in code blocks without marks, by its block. */
function splitText(doc: Node): { before: string; suggested: string } {
  const texts = { before: '', suggested: '' }
  doc.descendants((node, pos) => {
    if (!node.isText) return
    const $pos = doc.resolve(pos)
    const blocks = Array.from({ length: $pos.depth }, (_, depth) => $pos.node(depth + 1))
    const isInSuggestedBlock = $pos.parent.type.spec.code && blocks.some((block) => readSuggestionOfBlock(block)?.kind === 'insert')
    const isSuggested = isInSuggestedBlock || node.marks.some(({ type }) => type.name === 'insertion')
    texts[isSuggested ? 'suggested' : 'before'] += node.text
  })
  return texts
}

const removeSpace = (text: string) => text.replace(/\s/g, '')

test('a code block pasted in suggestion mode becomes a suggested block', () => {
  const { ann, ben } = openSuggesting('<p>Some words here</p>')
  selectText(ann, 16)
  ann.editor.view.pasteHTML('<p>x</p><pre><code>let a = 1</code></pre><p>y</p>')
  expect(ann.refusals).toBe(0)
  expect(splitText(ben.editor.state.doc)).toEqual({ before: 'Some words here', suggested: 'xlet a = 1y' })
  ben.editor.state.doc.check()
})

test('a quote with a code block is pasted completely', () => {
  const { ann, ben } = openSuggesting('<p></p>')
  ann.editor.view.pasteHTML('<blockquote><pre><code>const lost = true</code></pre></blockquote><p>after</p>')
  expect(ann.refusals).toBe(0)
  for (const { editor } of [ann, ben]) expect(editor.getText()).toContain('const lost = true')
  expect(splitText(ben.editor.state.doc)).toEqual({ before: '', suggested: 'const lost = trueafter' })
})

test('a part of a code block pasted into a paragraph does not change the original text', () => {
  const { ann } = openSuggesting('<p>Some words here</p>')
  selectText(ann, 5)
  ann.editor.view.pasteHTML('<pre data-pm-slice="1 1 []"><code>code</code></pre>')
  expect(splitText(ann.editor.state.doc).before).toBe('Some words here')
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
function createFragment(random: () => number, depth: number): string {
  const chooseUpTo = (limit: number) => Math.floor(random() * (limit + 1))
  const chooseText = () =>
    ['x', 'two words', '<b>bold</b> more', '<code>code</code>', 'a<i>b</i><a href="https://example.org">c</a>'][chooseUpTo(4)]
  const createChildren = () => Array.from({ length: 1 + chooseUpTo(1) }, () => createFragment(random, depth - 1)).join('')
  const kind = chooseUpTo(depth > 0 ? 11 : 3)
  if (kind < 3) return `<p>${chooseText()}</p>`
  if (kind === 3) return `<pre><code>let ${chooseUpTo(99)}\n  b</code></pre>`
  if (kind === 4) return `<h${1 + chooseUpTo(2)}>${chooseText()}</h${1 + chooseUpTo(2)}>`
  if (kind === 5) return `<ul><li>${createChildren()}</li><li>${chooseText()}</li></ul>`
  if (kind === 6) return `<ol><li>${createChildren()}</li></ol>`
  if (kind === 7) return `<blockquote>${createChildren()}</blockquote>`
  if (kind === 8) return `<table><tr><td>${createChildren()}</td><td>${chooseText()}</td></tr></table>`
  if (kind === 9) return '<hr>'
  if (kind === 10) return `<p>line<br>break</p>`
  return random() < 0.5 ? `${chooseText()}` : '<p>a <span data-variable="party">{{party}}</span></p>'
}

test('pasting random content keeps the original text, and suggests the content or is refused (property)', () => {
  const random = createRandom(readSeed('pasting while suggesting'))
  const chooseUpTo = (limit: number) => Math.floor(random() * (limit + 1))
  let acceptedCount = 0
  const rounds = chooseSize(40, 150)
  for (let round = 0; round < rounds; round++) {
    const { ann, ben } = openSuggesting(targets[chooseUpTo(targets.length - 1)] as string)
    const textBefore = removeSpace(splitText(ann.editor.state.doc).before)
    for (let step = 0; step < 3; step++) {
      const { size } = ann.editor.state.doc.content
      const from = chooseUpTo(size)
      selectText(ann, from, random() < 0.6 ? from : chooseUpTo(size))
      const html = Array.from({ length: 1 + chooseUpTo(2) }, () => createFragment(random, 2)).join('')
      const openDepth = chooseUpTo(2)
      const { refusals } = ann
      const docBefore = ann.editor.state.doc
      ann.editor.view.pasteHTML(random() < 0.3 ? html.replace(/^<(\w+)/, `<$1 data-pm-slice="${openDepth} ${openDepth} []"`) : html)
      const { doc } = ann.editor.state
      doc.check()
      if (ann.refusals > refusals) expect(doc.eq(docBefore), html).toBe(true)
      else acceptedCount++
      expect(removeSpace(splitText(doc).before), `${html} in ${docBefore.toString()}`).toBe(textBefore)
      expect(ben.editor.state.doc.toJSON(), `${html} in ${docBefore.toString()}`).toEqual(doc.toJSON())
    }
    for (const { editor } of [ann, ben]) editor.destroy()
  }
  expect(acceptedCount).toBeGreaterThan((rounds * 2) / 3)
})
