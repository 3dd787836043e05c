import type { Node } from '@tiptap/pm/model'
import { NodeSelection } from '@tiptap/pm/state'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { setUpEditors } from '../support/editor-setup.ts'
import { connectEditors, type TestEditor, syncAll, insertText, selectText, toXml } from '../support/editor.ts'

const open = setUpEditors()

function element(name: string, children: (Y.XmlElement | Y.XmlText)[] = [], attributes: Record<string, unknown> = {}): Y.XmlElement {
  const made = new Y.XmlElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value as string)
  made.insert(0, children)
  return made
}
const paragraph = (text: string, ...more: (Y.XmlElement | Y.XmlText)[]) => element('paragraph', [new Y.XmlText(text), ...more])

function marked(...parts: [string, Record<string, unknown>][]): Y.XmlText {
  const text = new Y.XmlText()
  text.applyDelta(parts.map(([insert, attributes]) => ({ insert, attributes })))
  return text
}

const rootOf = ({ doc }: TestEditor) => doc.getXmlFragment('default')
const labels = ({ editor }: TestEditor) => [...editor.view.dom.querySelectorAll('.unsupported-label')].map(({ textContent }) => textContent)
const markTitles = ({ editor }: TestEditor) =>
  [...editor.view.dom.querySelectorAll('.unsupported-mark')].map((mark) => mark.getAttribute('title'))

/** All data of a shared type, including values that its XML string does not show. */
function dataOf(part: unknown): unknown {
  if (part instanceof Y.XmlText) return part.toDelta()
  if (part instanceof Y.XmlElement) return [part.nodeName, part.getAttributes(), part.toArray().map(dataOf)]
  return part instanceof Y.XmlFragment ? part.toArray().map(dataOf) : String(part)
}

const image = () => element('image', [], { src: 'https://example.org/a.png', width: 300, crop: { x: 1 } })
const callout = () => element('callout', [paragraph('in a'), element('list', [paragraph('box')])], { tone: 'warm' })

interface Case {
  content: () => (Y.XmlElement | Y.XmlText)[]
  shown: string[]
  /** Formats that the title of the marked text names. */
  formats?: string[]
}

/** Content that other editors can write, and how it is shown. */
const cases: Record<string, Case> = {
  'a block': { content: () => [image()], shown: ['Unsupported block: image'] },
  'a block with child blocks': { content: () => [callout()], shown: ['Unsupported block: callout'] },
  'a block in a known block': {
    content: () => [element('blockquote', [image(), paragraph('quoted')])],
    shown: ['Unsupported block: image'],
  },
  'an inline node': {
    content: () => [paragraph('Ask ', element('mention', [], { id: 7 }), new Y.XmlText(' about it'))],
    shown: ['Unsupported content: mention'],
  },
  'marks on words': {
    content: () => [
      element('paragraph', [
        marked(
          ['one ', { highlight: { color: 'red' }, bold: {} }],
          ['two', { 'note--AbCdEfG1': { by: 1 }, 'note--AbCdEfG2': true, size: 12 }],
        ),
      ]),
    ],
    shown: [],
    formats: ['highlight', 'note', 'note', 'size'],
  },
  'a mark on code': {
    content: () => [element('codeBlock', [marked(['let a', { highlight: { color: 'red' } }])])],
    shown: ['Unsupported block: codeBlock'],
  },
  'an element in code': { content: () => [element('codeBlock', [element('line')])], shown: ['Unsupported block: codeBlock'] },
  'a list item that begins with a heading': {
    content: () => [element('bulletList', [element('listItem', [element('heading', [new Y.XmlText('No paragraph')])])])],
    shown: ['Unsupported block: bulletList'],
  },
  'a cell outside a table': { content: () => [element('tableCell', [paragraph('lost')])], shown: ['Unsupported block: tableCell'] },
  'a paragraph in a horizontal rule': {
    content: () => [element('horizontalRule', [paragraph('hidden')])],
    shown: ['Unsupported block: horizontalRule'],
  },
  'text outside blocks': { content: () => [new Y.XmlText('loose words')], shown: ['Unsupported text'] },
  'one character outside blocks': { content: () => [new Y.XmlText('x')], shown: ['Unsupported text'] },
  'an embedded object': {
    content: () => {
      const text = new Y.XmlText('see ')
      text.insertEmbed(4, { formula: 'x' })
      return [element('paragraph', [text])]
    },
    shown: ['Unsupported block: paragraph'],
  },
  'a block with the name of a placeholder': {
    content: () => [element('unsupportedBlock', [paragraph('forged')])],
    shown: ['Unsupported block: unsupportedBlock'],
  },
  'blocks with the names of object properties': {
    content: () => [element('constructor'), element('__proto__'), element('doc'), element('text')],
    shown: ['Unsupported block: constructor', 'Unsupported block: __proto__', 'Unsupported block: doc', 'Unsupported block: text'],
  },
}

/** An editor with the content of a case between two paragraphs. */
function written(content: () => (Y.XmlElement | Y.XmlText)[]): TestEditor {
  const doc = new Y.Doc()
  const parts = [paragraph('Before'), ...content(), paragraph('After')]
  doc.getXmlFragment('default').insert(0, parts)
  return open('Ann', { doc })
}

describe.each(Object.entries(cases))('%s', (_, { content, shown, formats = [] }) => {
  const middle = (desk: TestEditor) => (dataOf(rootOf(desk)) as unknown[]).slice(1, -1)

  test('is shown with its name, and opening and clicking writes nothing', () => {
    const ann = written(content)
    const before = dataOf(rootOf(ann))
    expect(labels(ann)).toEqual(shown)
    expect(markTitles(ann)).toEqual(formats.map((name) => `Unsupported formatting: ${name}`))
    ann.editor.state.doc.check()
    const { ownUpdates } = ann
    for (let pos = 0; pos <= ann.editor.state.doc.content.size; pos++) selectText(ann, pos)
    expect(ann.ownUpdates).toBe(ownUpdates)
    expect(dataOf(rootOf(ann))).toEqual(before)
  })

  test('does not change when text is typed before it, after it and on both sides in one transaction', () => {
    const ann = written(content)
    const before = middle(ann)
    insertText(ann, 'Not ', 1)
    insertText(ann, ' all', ann.editor.state.doc.content.size - 1)
    const { tr, doc } = ann.editor.state
    ann.editor.view.dispatch(tr.insertText('!', doc.content.size - 1).insertText('?', 1))
    expect(middle(ann)).toEqual(before)
    expect(toXml(ann)).toMatch(/^<paragraph>\?Not Before<\/paragraph>.*<paragraph>After all!<\/paragraph>$/s)
  })

  test('does not change when another person types, and is shown in an editor that opens later', () => {
    const ann = written(content)
    const before = middle(ann)
    const ben = open('Ben')
    syncAll([ann, ben])
    insertText(ben, 'Ben: ', 1)
    syncAll([ann, ben])
    expect(labels(ben)).toEqual(shown)
    expect(ann.editor.getText()).toBe(ben.editor.getText())
    expect(middle(ann)).toEqual(before)
    expect(middle(ben)).toEqual(before)
  })

  test('can be deleted with all content and restored by undo', () => {
    const ann = written(content)
    const { undoManager } = yUndoPluginKey.getState(ann.editor.state)
    const before = dataOf(rootOf(ann))
    undoManager.stopCapturing()
    ann.editor.chain().selectAll().deleteSelection().run()
    expect(ann.editor.getText()).toBe('')
    ann.editor.commands.undo()
    expect(dataOf(rootOf(ann))).toEqual(before)
    expect(labels(ann)).toEqual(shown)
  })
})

test('an editor can move, wrap and delete an unsupported block, which keeps its attributes and children', () => {
  const ann = written(() => [image(), callout()])
  const at = (label: string) => {
    let found = -1
    ann.editor.state.doc.descendants(({ attrs }, pos) => {
      if ((attrs['content'] as { name?: string } | undefined)?.name === label) found = pos
    })
    return found
  }
  const [one, other] = [dataOf(rootOf(ann).get(1)), dataOf(rootOf(ann).get(2))]
  const { state, view } = ann.editor
  const node = state.doc.nodeAt(at('callout'))
  view.dispatch(state.tr.delete(at('callout'), at('callout') + (node?.nodeSize ?? 0)).insert(0, node as Node))
  expect(dataOf(rootOf(ann).get(0))).toEqual(other)
  ann.editor.view.dispatch(ann.editor.state.tr.setSelection(NodeSelection.create(ann.editor.state.doc, at('image'))))
  ann.editor.commands.wrapIn('blockquote')
  expect(dataOf((rootOf(ann).get(2) as Y.XmlElement).get(0))).toEqual(one)
  ann.editor.view.dispatch(ann.editor.state.tr.setSelection(NodeSelection.create(ann.editor.state.doc, at('callout'))))
  ann.editor.commands.deleteSelection()
  expect(toXml(ann)).not.toContain('callout')
  expect(toXml(ann)).toContain('image')
})

test('copying and pasting an unsupported block gives the same block', () => {
  const ann = written(() => [callout(), element('paragraph', [marked(['noted', { note: { by: 1 } }])])])
  const { view } = ann.editor
  const { dom } = view.serializeForClipboard(ann.editor.state.doc.slice(8, ann.editor.state.doc.content.size - 7))
  selectText(ann, ann.editor.state.doc.content.size - 1)
  view.pasteHTML(dom.innerHTML)
  const parts = dataOf(rootOf(ann)) as unknown[]
  expect(parts.filter((part) => JSON.stringify(part) === JSON.stringify(parts[1]))).toHaveLength(2)
  expect(JSON.stringify(parts).match(/"note":\{"by":1\}/g)).toHaveLength(2)
})

test('text can be typed next to text with an unknown mark, and the mark keeps its value', () => {
  const ann = written(cases['marks on words']?.content as () => Y.XmlElement[])
  insertText(ann, 'and ', 13)
  expect(dataOf((rootOf(ann).get(1) as Y.XmlElement).get(0))).toEqual([
    { insert: 'one ', attributes: { highlight: { color: 'red' }, bold: {} } },
    { insert: 'and ', attributes: { bold: {} } },
    { insert: 'two', attributes: { 'note--AbCdEfG1': { by: 1 }, 'note--AbCdEfG2': true, size: 12 } },
  ])
})

test('a shared object among the blocks does not block the editor and stays after edits', () => {
  const ann = written(() => [new Y.XmlHook('widget') as unknown as Y.XmlElement])
  expect(labels(ann)).toEqual(['Unsupported block: object'])
  insertText(ann, 'Not ', 1)
  expect(rootOf(ann).get(1)).toBeInstanceOf(Y.XmlHook)
})

test('unsupported content that arrives while the text is open is shown, and a viewer writes nothing', () => {
  const [ann, vic] = [open('Ann'), open('Vic', { editable: false })]
  insertText(ann, 'Words')
  syncAll([ann, vic])
  rootOf(ann).insert(1, [image()])
  syncAll([ann, vic])
  expect(labels(vic)).toEqual(['Unsupported block: image'])
  expect(labels(ann)).toEqual(['Unsupported block: image'])
  selectText(vic, 2)
  expect(vic.ownUpdates).toBe(0)
  expect(toXml(vic)).toBe(toXml(ann))
})

test('attributes that this editor does not know stay when the text of their element is edited', () => {
  const [ann] = [open('Ann')]
  rootOf(ann).insert(0, [element('paragraph', [new Y.XmlText('clause')], { indent: 3, box: { wide: true } })])
  insertText(ann, 'new ', 1)
  const written = rootOf(ann).get(0) as Y.XmlElement
  expect(toXml(ann)).toContain('new clause')
  expect(written.getAttributes()).toMatchObject({ indent: 3, box: { wide: true } })
})

test('a format over a field is the same for others and after a reload', () => {
  const [ann, ben] = [open('Ann'), open('Ben')]
  connectEditors(ann, ben)
  rootOf(ann).insert(0, [element('paragraph', [new Y.XmlText('The '), element('variable', [], { name: 'Party' }), new Y.XmlText(' pays')])])
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
