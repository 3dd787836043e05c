import { Fragment } from '@tiptap/pm/model'
import { CellSelection } from '@tiptap/pm/tables'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { repairTable } from '../../domain/documents/richtext/tables.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { type TestEditor, syncAll, connectEditors, insertText, selectText, toXml } from '../support/editor.ts'

const open = setUpEditors()

const getRoot = ({ doc }: TestEditor) => doc.getXmlFragment('default')
const getTable = (testEditor: TestEditor) =>
  getRoot(testEditor)
    .toArray()
    .find((child) => (child as Y.XmlElement).nodeName === 'table') as Y.XmlElement
const countCells = (testEditor: TestEditor) =>
  getTable(testEditor)
    .toArray()
    .map((row) => (row as Y.XmlElement).length)

/** Ben deletes a paragraph before Ann undoes, so that the selection stored with the undo step is outside the text. */
function prepareUndoInShortenedText() {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  insertText(ann, 'A long first paragraph, written by Ann, with very many words in it.')
  ann.editor.commands.splitBlock()
  insertText(ann, 'The second paragraph')
  const { undoManager } = yUndoPluginKey.getState(ann.editor.state)
  undoManager.stopCapturing()
  selectText(ann, 80)
  insertText(ann, 'XY')
  undoManager.stopCapturing()
  ben.editor.view.dispatch(ben.editor.state.tr.delete(0, 69))
  return { ann, ben }
}

describe('the binding of an editor to its document', () => {
  test('after an undo in a text that others shortened, their next edits are shown and a click deletes nothing', () => {
    const { ann, ben } = prepareUndoInShortenedText()
    ann.editor.commands.undo()
    insertText(ben, 'BENS WORDS ', 5)
    expect(ann.editor.getText()).toBe('The BENS WORDS second paragraph')
    selectText(ann, 3)
    expect(toXml(ben)).toBe('<paragraph>The BENS WORDS second paragraph</paragraph>')
    expect(ann.editor.state.selection.from).toBe(3)
  })

  test('two undos in a text that others shortened do not throw', () => {
    const { ann, ben } = prepareUndoInShortenedText()
    ann.editor.commands.undo()
    ann.editor.commands.undo()
    expect(ann.editor.getText()).toBe(ben.editor.getText())
  })

  test('the editor renders again after an error while it shows a change, and overwrites no edits of others', () => {
    const [ann, ben] = [open('Ann'), open('Ben')]
    connectEditors(ann, ben)
    insertText(ann, 'One two')
    // the editor fails to show Ben's first edit, as with an error in an editor plugin
    const { view } = ann.editor
    const dispatch = view.dispatch.bind(view)
    let failures = 1
    view.dispatch = (tr) => {
      if (failures-- > 0) throw new RangeError('an error of the test')
      dispatch(tr)
    }
    insertText(ben, 'three ', 5)
    selectText(ann, 2)
    expect(ann.editor.getText()).toBe('One three two')
    expect(toXml(ben)).toBe('<paragraph>One three two</paragraph>')
  })

  test('an editor that cannot show the document becomes read-only and reports a content error', () => {
    const [ann, ben] = [open('Ann'), open('Ben')]
    connectEditors(ann, ben)
    insertText(ann, 'One two')
    const { view } = ann.editor
    const dispatch = view.dispatch.bind(view)
    view.dispatch = () => {
      throw new RangeError('an error of the test')
    }
    insertText(ben, 'three ', 5)
    view.dispatch = dispatch
    expect(ann).toMatchObject({ contentErrors: 1 })
    expect(ann.editor.isEditable).toBe(false)
    selectText(ann, 2)
    insertText(ann, 'lost')
    expect(toXml(ben)).toBe('<paragraph>One three two</paragraph>')
  })

  test('concurrent typing in an empty paragraph keeps the words of both people once', () => {
    const [ann, ben] = [open('Ann'), open('Ben')]
    ann.editor.commands.insertContent({ type: 'paragraph' })
    syncAll([ann, ben])
    insertText(ann, 'Ann', 1)
    insertText(ben, 'Ben', 1)
    syncAll([ann, ben])
    insertText(ann, '!', 1)
    insertText(ben, '?', ben.editor.state.doc.firstChild?.nodeSize === 8 ? 7 : 1)
    syncAll([ann, ben])
    const text = ann.editor.getText()
    expect(text).toBe(ben.editor.getText())
    expect(text.match(/Ann/g)).toHaveLength(1)
    expect(text.match(/Ben/g)).toHaveLength(1)
  })

  test('a person can delete all content as their first edit', () => {
    const ann = open('Ann')
    insertText(ann, 'Words')
    const ben = open('Ben', { doc: ann.doc })
    ben.editor.chain().selectAll().deleteSelection().run()
    expect(toXml(ben)).toBe('<paragraph></paragraph>')
  })

  test('marks on fields and line breaks are not shown, because the document does not store them', () => {
    const [ann, ben] = [open('Ann'), open('Ben')]
    connectEditors(ann, ben)
    ann.editor.commands.setContent('<p>The <span data-variable="party"></span><br> pays</p>')
    ann.editor.chain().selectAll().toggleBold().run()
    selectText(ann, 6)
    ann.editor
      .chain()
      .toggleItalic()
      .insertContent({ type: 'variable', attrs: { name: 'sum' }, marks: [{ type: 'italic' }] })
      .run()
    expect(ann.editor.getText()).toContain('pays')
    expect(ann.editor.getJSON()).toEqual(ben.editor.getJSON())
    expect(toXml(ben)).toContain('<bold>The </bold>')
  })

  test('a read-only editor does not clean up concurrent formats; the editor of a writer does', () => {
    const [ann, ben, vic] = [open('Ann'), open('Ben'), open('Vic', { editable: false })]
    insertText(ann, 'Words that both make bold.')
    syncAll([ann, ben, vic])
    const edits = [ann, ben].map((testEditor) => {
      const vectorBefore = Y.encodeStateVector(testEditor.doc)
      testEditor.editor.chain().selectAll().toggleBold().run()
      return Y.encodeStateAsUpdate(testEditor.doc, vectorBefore)
    })
    const updates: { who: string; origin: unknown }[] = []
    for (const [name, { doc }] of Object.entries({ ann, vic }))
      doc.on('update', (_, origin: unknown) => updates.push({ who: name, origin }))
    for (const edit of edits) Y.applyUpdate(vic.doc, edit, 'remote')
    Y.applyUpdate(ann.doc, edits[1] as Uint8Array, 'remote')
    // the clean-up by Yjs is a transaction without an origin
    expect(updates.filter(({ origin }) => origin === null)).toEqual([{ who: 'ann', origin: null }])
    expect(toXml(vic)).toBe(toXml(ann))
  })

  test('a read-only editor writes nothing, even to an emptied text', () => {
    const [ann, vic] = [open('Ann'), open('Vic', { editable: false })]
    insertText(ann, 'Words')
    syncAll([ann, vic])
    getRoot(ann).delete(0, getRoot(ann).length)
    syncAll([ann, vic])
    selectText(vic, 1)
    insertText(vic, 'not mine to write')
    vic.editor.commands.toggleBold()
    expect(vic.ownUpdates).toBe(0)
    expect(toXml(vic)).toBe('')
    expect(vic.editor.getText()).toBe('')
  })

  describe('tables', () => {
    function openUnevenTable() {
      const [ann, ben, vic] = [open('Ann'), open('Ben'), open('Vic', { editable: false })]
      insertText(ann, 'start')
      ann.editor.commands.insertTable({ rows: 2, cols: 2, withHeaderRow: false })
      syncAll([ann, ben, vic])
      let cell = 0
      ann.editor.state.doc.descendants(({ type }, pos) => {
        if (type.name === 'tableCell') cell ||= pos + 2
      })
      for (const testEditor of [ann, ben]) selectText(testEditor, cell)
      ann.editor.commands.addColumnAfter()
      ben.editor.commands.addRowAfter()
      syncAll([ann, ben, vic])
      return { ann, ben, vic, cell }
    }

    test('are not repaired by editors after concurrent changes: clicks and typing add no column', () => {
      const { ann, ben, vic, cell } = openUnevenTable()
      expect(countCells(ann)).toEqual([3, 2, 3])
      for (let round = 0; round < 4; round++) {
        for (const testEditor of [ann, ben, vic]) selectText(testEditor, cell + (round % 2))
        insertText(ann, 'a')
        insertText(ben, 'b')
        syncAll([ann, ben, vic])
      }
      expect(countCells(ann)).toEqual([3, 2, 3])
      expect(countCells(vic)).toEqual([3, 2, 3])
      expect(vic.ownUpdates).toBe(0)
      expect(ann.editor.getText()).toBe(ben.editor.getText())
    })

    const commands = [
      'mergeCells',
      'mergeOrSplit',
      'addRowBefore',
      'addRowAfter',
      'toggleHeaderCell',
      'toggleHeaderColumn',
      'toggleHeaderRow',
    ] as const

    test('refuse commands that need even rows while they are uneven, without an error', () => {
      const { ann } = openUnevenTable()
      const cells: number[] = []
      ann.editor.state.doc.descendants(({ type }, pos) => {
        if (type.name === 'tableCell') cells.push(pos)
      })
      const selectCells = (lastCell: number) => {
        const { tr, doc } = ann.editor.state
        ann.editor.view.dispatch(tr.setSelection(CellSelection.create(doc, cells[0] as number, lastCell)))
      }
      const before = toXml(ann)
      for (const lastCell of cells) {
        selectCells(lastCell)
        for (const command of commands) expect([command, ann.editor.commands[command]()]).toEqual([command, false])
      }
      expect(toXml(ann)).toBe(before)
      // repair the table as the server does
      ann.doc.transact(() => repairTable(getTable(ann)))
      expect(countCells(ann)).toEqual([3, 3, 3])
      selectCells(cells[1] as number)
      expect(ann.editor.commands.mergeCells()).toBe(true)
      expect(countCells(ann)).toEqual([2, 3, 3])
    })

    test('are repaired by the editor whose own step made them uneven', () => {
      const ann = open('Ann')
      ann.editor.commands.insertTable({ rows: 2, cols: 2, withHeaderRow: false })
      let cell = -1
      ann.editor.state.doc.descendants(({ type }, pos) => {
        if (cell < 0 && type.name === 'tableCell') cell = pos
      })
      ann.editor.view.dispatch(ann.editor.state.tr.replaceWith(cell, cell + 4, Fragment.empty))
      expect(countCells(ann)).toEqual([2, 2])
    })
  })
})
