import { describe, expect, test } from 'vitest'
import { clauseStyleId, listStylesName } from '../../domain/documents/richtext/list-styles.ts'
import { toggleClauses, toggleNumberingRestart } from '../../web/features/rich-text/clause-numbering.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { connectEditors, insertText, selectText, type TestEditor, toXml } from '../support/editor.ts'
import { setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'

const open = setUpEditors()

const selectAll = ({ editor }: TestEditor) => editor.commands.selectAll()

/** The blocks as they are shown, with their numbers. */
const readBlocks = ({ editor }: TestEditor) =>
  [...editor.view.dom.children].map((block) => `${block.getAttribute('data-number') ?? ''} ${block.textContent}`.trim())

const press = ({ editor }: TestEditor, key: string, shiftKey = false) =>
  editor.view.someProp('handleKeyDown', (handle) => handle(editor.view, new KeyboardEvent('keydown', { key, shiftKey })))

/** An editor with numbered paragraphs; the caret is at the end of the text. */
function openNumbered(...texts: string[]): TestEditor {
  const ann = open('Ann')
  ann.editor.commands.setContent(texts.map((text) => `<p>${text}</p>`).join(''))
  selectAll(ann)
  toggleClauses(ann.editor, ann.doc)
  ann.editor.commands.setTextSelection(ann.editor.state.doc.content.size - 1)
  return ann
}

describe('clause numbering', () => {
  test('numbers the selected paragraphs under the clause style of the document, and removes the numbers again', () => {
    const ann = openNumbered('One', 'Two')
    expect(readBlocks(ann)).toEqual(['1. One', '2. Two'])
    expect(ann.doc.getMap(listStylesName).get(clauseStyleId)).toMatchObject({ name: 'Clauses' })
    selectAll(ann)
    toggleClauses(ann.editor, ann.doc)
    expect(readBlocks(ann)).toEqual(['One', 'Two'])
  })

  test('headings are numbered by their level and paragraphs one level below', () => {
    const ann = open('Ann')
    ann.editor.commands.setContent('<h2>Terms</h2><p>a</p><p>b</p><h3>Payment</h3><p>c</p><h2>Law</h2>')
    selectAll(ann)
    toggleClauses(ann.editor, ann.doc)
    expect(readBlocks(ann)).toEqual(['1. Terms', '1.1 a', '1.2 b', '1.3 Payment', '(a) c', '2. Law'])
  })

  test('Tab and Shift-Tab change the level, Enter continues, and Enter in an empty paragraph ends the numbering', () => {
    const ann = openNumbered('One', 'Two')
    press(ann, 'Tab')
    expect(readBlocks(ann)).toEqual(['1. One', '1.1 Two'])
    press(ann, 'Enter')
    insertText(ann, 'Three')
    press(ann, 'Tab')
    expect(readBlocks(ann)).toEqual(['1. One', '1.1 Two', '(a) Three'])
    press(ann, 'Tab', true)
    press(ann, 'Tab', true)
    press(ann, 'Tab', true)
    press(ann, 'Enter')
    expect(readBlocks(ann)).toEqual(['1. One', '1.1 Two', '2. Three', '3.'])
    press(ann, 'Enter')
    expect(readBlocks(ann)).toEqual(['1. One', '1.1 Two', '2. Three', ''])
  })

  test('Enter after a numbered heading begins a paragraph one level below', () => {
    const ann = open('Ann')
    ann.editor.commands.setContent('<h2>Terms</h2>')
    toggleClauses(ann.editor, ann.doc)
    selectText(ann, 6)
    press(ann, 'Enter')
    insertText(ann, 'Words')
    expect(readBlocks(ann)).toEqual(['1. Terms', '1.1 Words'])
    expect(ann.editor.state.doc.lastChild?.type.name).toBe('paragraph')
  })

  test('Backspace at the start of a paragraph removes its number and keeps its text', () => {
    const ann = openNumbered('One', 'Two')
    selectText(ann, 6)
    press(ann, 'Backspace')
    expect(readBlocks(ann)).toEqual(['1. One', 'Two'])
  })

  test('numbering can restart at a paragraph and continue again; splitting that paragraph restarts only its beginning', () => {
    const ann = openNumbered('One', 'Two words')
    toggleNumberingRestart(ann.editor)
    expect(readBlocks(ann)).toEqual(['1. One', '1. Two words'])
    selectText(ann, 9)
    press(ann, 'Enter')
    expect(readBlocks(ann)).toEqual(['1. One', '1. Two', '2.  words'])
    selectText(ann, 7)
    toggleNumberingRestart(ann.editor)
    expect(readBlocks(ann)).toEqual(['1. One', '2. Two', '3.  words'])
  })

  test('numbers and cross references follow the edits of others and changes of the list styles', () => {
    const [ann, ben] = [open('Ann'), open('Ben')]
    connectEditors(ann, ben)
    ann.editor.commands.setContent('<p>One</p><p>Two</p>')
    selectAll(ann)
    toggleClauses(ann.editor, ann.doc)
    ann.editor.view.dispatch(ann.editor.state.tr.setNodeAttribute(5, 'bookmark', 'two'))
    const reference = { type: 'crossReference', attrs: { target: 'two', kind: 'number', text: 'old' } }
    ann.editor.commands.insertContentAt(4, [{ type: 'text', text: ' see ' }, reference])
    expect(readBlocks(ann)).toEqual(['1. One see 2', '2. Two'])
    ben.editor.commands.insertContentAt(0, {
      type: 'paragraph',
      attrs: { listStyle: clauseStyleId },
      content: [{ type: 'text', text: 'Zero' }],
    })
    expect(readBlocks(ann)).toEqual(['1. Zero', '2. One see 3', '3. Two'])
    ann.doc.getMap(listStylesName).set(clauseStyleId, { levels: [{ format: 'upperRoman', text: '%1)', start: 4 }] })
    expect(readBlocks(ann)).toEqual(['IV) Zero', 'V) One see VI)', 'VI) Two'])
    expect(readBlocks(ben)).toEqual(readBlocks(ann))
    expect(ann.editor.getText()).toContain('One see VI)')
  })

  test('copied numbered paragraphs keep their numbers', () => {
    const ann = openNumbered('One', 'Two')
    press(ann, 'Tab')
    selectAll(ann)
    const { state, view } = ann.editor
    const html = view.serializeForClipboard(state.selection.content()).dom.innerHTML
    const ben = open('Ben')
    ben.editor.view.pasteHTML(html)
    expect(readBlocks(ben)).toEqual(['1. One', '1.1 Two'])
  })

  test('in suggestion mode numbering is a suggestion that keeps what the paragraph was', () => {
    const ann = open('Ann')
    ann.editor.commands.setContent('<p>One</p>')
    setSuggesting(ann.editor, true)
    selectText(ann, 2)
    toggleClauses(ann.editor, ann.doc)
    expect(ann.refusals).toBe(0)
    expect(readBlocks(ann)).toEqual(['1. One'])
    expect(toXml(ann)).toContain('"kind":"change"')
  })
})
