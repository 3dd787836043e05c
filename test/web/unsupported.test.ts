import type { Node } from '@tiptap/pm/model'
import { NodeSelection } from '@tiptap/pm/state'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { setUpEditors } from '../support/editor-setup.ts'
import { connectEditors, type TestEditor, syncAll, insertText, selectText, toXml } from '../support/editor.ts'

const open = setUpEditors()

function createElement(name: string, children: (Y.XmlElement | Y.XmlText)[] = [], attributes: Record<string, unknown> = {}): Y.XmlElement {
  const created = new Y.XmlElement(name)
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value as string)
  created.insert(0, children)
  return created
}
const createParagraph = (text: string, ...children: (Y.XmlElement | Y.XmlText)[]) =>
  createElement('paragraph', [new Y.XmlText(text), ...children])

function createMarkedText(...parts: [string, Record<string, unknown>][]): Y.XmlText {
  const text = new Y.XmlText()
  text.applyDelta(parts.map(([insert, attributes]) => ({ insert, attributes })))
  return text
}

const getRoot = ({ doc }: TestEditor) => doc.getXmlFragment('default')
const listLabels = ({ editor }: TestEditor) =>
  [...editor.view.dom.querySelectorAll('.unsupported-label')].map(({ textContent }) => textContent)
const listMarkTitles = ({ editor }: TestEditor) =>
  [...editor.view.dom.querySelectorAll('.unsupported-mark')].map((mark) => mark.getAttribute('title'))

/** All data of a shared type, including values that its XML string does not show. */
function readData(value: unknown): unknown {
  if (value instanceof Y.XmlText) return value.toDelta()
  if (value instanceof Y.XmlElement) return [value.nodeName, value.getAttributes(), value.toArray().map(readData)]
  return value instanceof Y.XmlFragment ? value.toArray().map(readData) : String(value)
}

const createImage = () => createElement('image', [], { src: 'https://example.org/a.png', width: 300, crop: { x: 1 } })
const createCallout = () =>
  createElement('callout', [createParagraph('in a'), createElement('list', [createParagraph('box')])], { tone: 'warm' })

interface Case {
  content: () => (Y.XmlElement | Y.XmlText)[]
  labels: string[]
  /** Formats that the title of the marked text names. */
  formats?: string[]
}

/** Content that other editors can write, and how it is shown. */
const cases: Record<string, Case> = {
  'a block': { content: () => [createImage()], labels: ['Unsupported block: image'] },
  'a block with child blocks': { content: () => [createCallout()], labels: ['Unsupported block: callout'] },
  'a block in a known block': {
    content: () => [createElement('blockquote', [createImage(), createParagraph('quoted')])],
    labels: ['Unsupported block: image'],
  },
  'an inline node': {
    content: () => [createParagraph('Ask ', createElement('mention', [], { id: 7 }), new Y.XmlText(' about it'))],
    labels: ['Unsupported content: mention'],
  },
  'marks on words': {
    content: () => [
      createElement('paragraph', [
        createMarkedText(
          ['one ', { highlight: { color: 'red' }, bold: {} }],
          ['two', { 'note--AbCdEfG1': { by: 1 }, 'note--AbCdEfG2': true, size: 12 }],
        ),
      ]),
    ],
    labels: [],
    formats: ['highlight', 'note', 'note', 'size'],
  },
  'a mark on code': {
    content: () => [createElement('codeBlock', [createMarkedText(['let a', { highlight: { color: 'red' } }])])],
    labels: ['Unsupported block: codeBlock'],
  },
  'an element in code': { content: () => [createElement('codeBlock', [createElement('line')])], labels: ['Unsupported block: codeBlock'] },
  'a list item that begins with a heading': {
    content: () => [createElement('bulletList', [createElement('listItem', [createElement('heading', [new Y.XmlText('No paragraph')])])])],
    labels: ['Unsupported block: bulletList'],
  },
  'a cell outside a table': {
    content: () => [createElement('tableCell', [createParagraph('lost')])],
    labels: ['Unsupported block: tableCell'],
  },
  'a paragraph in a horizontal rule': {
    content: () => [createElement('horizontalRule', [createParagraph('hidden')])],
    labels: ['Unsupported block: horizontalRule'],
  },
  'text outside blocks': { content: () => [new Y.XmlText('loose words')], labels: ['Unsupported text'] },
  'one character outside blocks': { content: () => [new Y.XmlText('x')], labels: ['Unsupported text'] },
  'an embedded object': {
    content: () => {
      const text = new Y.XmlText('see ')
      text.insertEmbed(4, { formula: 'x' })
      return [createElement('paragraph', [text])]
    },
    labels: ['Unsupported block: paragraph'],
  },
  'a block with the name of a placeholder': {
    content: () => [createElement('unsupportedBlock', [createParagraph('forged')])],
    labels: ['Unsupported block: unsupportedBlock'],
  },
  'blocks with the names of object properties': {
    content: () => [createElement('constructor'), createElement('__proto__'), createElement('doc'), createElement('text')],
    labels: ['Unsupported block: constructor', 'Unsupported block: __proto__', 'Unsupported block: doc', 'Unsupported block: text'],
  },
}

/** An editor with the content of a case between two paragraphs. */
function openWithContent(content: () => (Y.XmlElement | Y.XmlText)[]): TestEditor {
  const doc = new Y.Doc()
  const parts = [createParagraph('Before'), ...content(), createParagraph('After')]
  doc.getXmlFragment('default').insert(0, parts)
  return open('Ann', { doc })
}

describe.each(Object.entries(cases))('%s', (_, { content, labels, formats = [] }) => {
  const readMiddle = (testEditor: TestEditor) => (readData(getRoot(testEditor)) as unknown[]).slice(1, -1)

  test('is shown with its name, and opening and clicking writes nothing', () => {
    const ann = openWithContent(content)
    const dataBefore = readData(getRoot(ann))
    expect(listLabels(ann)).toEqual(labels)
    expect(listMarkTitles(ann)).toEqual(formats.map((name) => `Unsupported formatting: ${name}`))
    ann.editor.state.doc.check()
    const { ownUpdates } = ann
    for (let pos = 0; pos <= ann.editor.state.doc.content.size; pos++) selectText(ann, pos)
    expect(ann.ownUpdates).toBe(ownUpdates)
    expect(readData(getRoot(ann))).toEqual(dataBefore)
  })

  test('does not change when text is typed before it, after it and on both sides in one transaction', () => {
    const ann = openWithContent(content)
    const dataBefore = readMiddle(ann)
    insertText(ann, 'Not ', 1)
    insertText(ann, ' all', ann.editor.state.doc.content.size - 1)
    const { tr, doc } = ann.editor.state
    ann.editor.view.dispatch(tr.insertText('!', doc.content.size - 1).insertText('?', 1))
    expect(readMiddle(ann)).toEqual(dataBefore)
    expect(toXml(ann)).toMatch(/^<paragraph>\?Not Before<\/paragraph>.*<paragraph>After all!<\/paragraph>$/s)
  })

  test('does not change when another person types, and is shown in an editor that opens later', () => {
    const ann = openWithContent(content)
    const dataBefore = readMiddle(ann)
    const ben = open('Ben')
    syncAll([ann, ben])
    insertText(ben, 'Ben: ', 1)
    syncAll([ann, ben])
    expect(listLabels(ben)).toEqual(labels)
    expect(ann.editor.getText()).toBe(ben.editor.getText())
    expect(readMiddle(ann)).toEqual(dataBefore)
    expect(readMiddle(ben)).toEqual(dataBefore)
  })

  test('can be deleted with all content and restored by undo', () => {
    const ann = openWithContent(content)
    const { undoManager } = yUndoPluginKey.getState(ann.editor.state)
    const dataBefore = readData(getRoot(ann))
    undoManager.stopCapturing()
    ann.editor.chain().selectAll().deleteSelection().run()
    expect(ann.editor.getText()).toBe('')
    ann.editor.commands.undo()
    expect(readData(getRoot(ann))).toEqual(dataBefore)
    expect(listLabels(ann)).toEqual(labels)
  })
})

test('an editor can move, wrap and delete an unsupported block, which keeps its attributes and children', () => {
  const ann = openWithContent(() => [createImage(), createCallout()])
  const findPosition = (label: string) => {
    let position = -1
    ann.editor.state.doc.descendants(({ attrs }, pos) => {
      if ((attrs['content'] as { name?: string } | undefined)?.name === label) position = pos
    })
    return position
  }
  const [imageData, calloutData] = [readData(getRoot(ann).get(1)), readData(getRoot(ann).get(2))]
  const { state, view } = ann.editor
  const node = state.doc.nodeAt(findPosition('callout'))
  view.dispatch(state.tr.delete(findPosition('callout'), findPosition('callout') + (node?.nodeSize ?? 0)).insert(0, node as Node))
  expect(readData(getRoot(ann).get(0))).toEqual(calloutData)
  ann.editor.view.dispatch(ann.editor.state.tr.setSelection(NodeSelection.create(ann.editor.state.doc, findPosition('image'))))
  ann.editor.commands.wrapIn('blockquote')
  expect(readData((getRoot(ann).get(2) as Y.XmlElement).get(0))).toEqual(imageData)
  ann.editor.view.dispatch(ann.editor.state.tr.setSelection(NodeSelection.create(ann.editor.state.doc, findPosition('callout'))))
  ann.editor.commands.deleteSelection()
  expect(toXml(ann)).not.toContain('callout')
  expect(toXml(ann)).toContain('image')
})

test('copying and pasting an unsupported block gives the same block', () => {
  const ann = openWithContent(() => [createCallout(), createElement('paragraph', [createMarkedText(['noted', { note: { by: 1 } }])])])
  const { view } = ann.editor
  const { dom } = view.serializeForClipboard(ann.editor.state.doc.slice(8, ann.editor.state.doc.content.size - 7))
  selectText(ann, ann.editor.state.doc.content.size - 1)
  view.pasteHTML(dom.innerHTML)
  const parts = readData(getRoot(ann)) as unknown[]
  expect(parts.filter((value) => JSON.stringify(value) === JSON.stringify(parts[1]))).toHaveLength(2)
  expect(JSON.stringify(parts).match(/"note":\{"by":1\}/g)).toHaveLength(2)
})

test('text can be typed next to text with an unknown mark, and the mark keeps its value', () => {
  const ann = openWithContent(cases['marks on words']?.content as () => Y.XmlElement[])
  insertText(ann, 'and ', 13)
  expect(readData((getRoot(ann).get(1) as Y.XmlElement).get(0))).toEqual([
    { insert: 'one ', attributes: { highlight: { color: 'red' }, bold: {} } },
    { insert: 'and ', attributes: { bold: {} } },
    { insert: 'two', attributes: { 'note--AbCdEfG1': { by: 1 }, 'note--AbCdEfG2': true, size: 12 } },
  ])
})

test('a shared object among the blocks does not block the editor and stays after edits', () => {
  const ann = openWithContent(() => [new Y.XmlHook('widget') as unknown as Y.XmlElement])
  expect(listLabels(ann)).toEqual(['Unsupported block: object'])
  insertText(ann, 'Not ', 1)
  expect(getRoot(ann).get(1)).toBeInstanceOf(Y.XmlHook)
})

test('unsupported content that arrives while the text is open is shown, and a viewer writes nothing', () => {
  const [ann, vic] = [open('Ann'), open('Vic', { editable: false })]
  insertText(ann, 'Words')
  syncAll([ann, vic])
  getRoot(ann).insert(1, [createImage()])
  syncAll([ann, vic])
  expect(listLabels(vic)).toEqual(['Unsupported block: image'])
  expect(listLabels(ann)).toEqual(['Unsupported block: image'])
  selectText(vic, 2)
  expect(vic.ownUpdates).toBe(0)
  expect(toXml(vic)).toBe(toXml(ann))
})

test('attributes that this editor does not know stay when the text of their element is edited', () => {
  const [ann] = [open('Ann')]
  getRoot(ann).insert(0, [createElement('paragraph', [new Y.XmlText('clause')], { indent: 3, box: { wide: true } })])
  insertText(ann, 'new ', 1)
  const block = getRoot(ann).get(0) as Y.XmlElement
  expect(toXml(ann)).toContain('new clause')
  expect(block.getAttributes()).toMatchObject({ indent: 3, box: { wide: true } })
})

test('a format over a field is the same for others and after a reload', () => {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  getRoot(ann).insert(0, [
    createElement('paragraph', [new Y.XmlText('The '), createElement('variable', [], { name: 'Party' }), new Y.XmlText(' pays')]),
  ])
  ann.editor.chain().selectAll().toggleBold().run()
  const marksOfField = ({ editor }: TestEditor) => {
    let marks: string[] | undefined
    editor.state.doc.descendants((node) => {
      if (node.type.name === 'variable') marks = node.marks.map(({ type }) => type.name)
    })
    return marks
  }
  expect([marksOfField(ann), marksOfField(ben)]).toEqual([['bold'], ['bold']])
  ben.editor.chain().selectAll().toggleBold().run()
  expect([marksOfField(ann), marksOfField(ben)]).toEqual([[], []])
})
