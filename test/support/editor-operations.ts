/** Random editor operations: typing, formats, lists, tables, fields, paste, undo and suggestions. */
import type { Editor } from '@tiptap/core'
import { CellSelection, TableMap } from '@tiptap/pm/tables'
import { variablesName } from '../../domain/documents/richtext/schema.ts'
import { isSuggesting, setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'
import type { HeadlessEditor } from './headless-editor.ts'
import { pickRandom } from './participant.ts'

interface OperationContext {
  client: HeadlessEditor
  random: () => number
  /** A word that is unique to this operation. */
  word: string
}

/** An operation with its weight and its name. */
type Operation = readonly [weight: number, value: readonly [name: string, does: (context: OperationContext) => void]]

const pastes = [
  '<p>pasted <b>bold <i>both</i></b> <a href="https://example.org/x">link</a></p>',
  '<h2>Pasted head</h2><ul><li>one<ul><li>two <u>under</u></li></ul></li><li>three</li></ul>',
  '<table><tr><th>h1</th><th>h2</th></tr><tr><td>c1</td><td>c2</td></tr></table><p>after</p>',
  '<blockquote><p>quoted</p><p>more <code>code</code></p></blockquote>',
  '<pre><code class="language-js">let a = 1\nlet b</code></pre>',
  '<ol start="3"><li><p>third</p><p>second par</p></li></ol><hr><p>x<br>y</p>',
  '<p>inline <span data-variable="party">{{party}}</span> field</p>',
]

/** The initial content of a random test: one of each kind of block. */
export const initialContent =
  '<h1>Agreement</h1><p>Between the first and the second party, who agree on what follows.</p>' +
  '<ul><li><p>one</p><ul><li><p>nested</p></li></ul></li><li><p>two</p></li></ul>' +
  '<table><tr><th>name</th><th>share</th></tr><tr><td>Ann</td><td>half</td></tr></table>' +
  '<blockquote><p>a quote</p></blockquote><p>The end of it <span data-variable="party">{{party}}</span>.</p>'

const fields = ['party', 'date', 'sum']

const randomPosition = ({ client, random }: OperationContext) =>
  1 + Math.floor(random() * Math.max(1, client.editor.state.doc.content.size - 1))

function selectAt(context: OperationContext): Editor {
  context.client.select(randomPosition(context))
  return context.client.editor
}

function selectRange(context: OperationContext, maxLength: number): Editor {
  const from = randomPosition(context)
  context.client.select(from, from + 1 + Math.floor(context.random() * maxLength))
  return context.client.editor
}

/** Puts the cursor at the start or the end of a random text block. */
function selectEdge({ client, random }: OperationContext, edge: 'start' | 'end') {
  const positions: number[] = []
  client.editor.state.doc.descendants((node, at) => {
    if (node.isTextblock) positions.push(edge === 'start' ? at + 1 : at + node.nodeSize - 1)
  })
  if (positions.length > 0) client.select(pickRandom(positions, random))
}

function findCells({ state }: Editor): number[] {
  const cells: number[] = []
  state.doc.descendants((node, at) => {
    if (/^table(Cell|Header)$/.test(node.type.name)) cells.push(at)
  })
  return cells
}

const tableCommands = [
  'addRowAfter',
  'addRowBefore',
  'deleteRow',
  'addColumnAfter',
  'addColumnBefore',
  'deleteColumn',
  'toggleHeaderRow',
  'toggleHeaderColumn',
  'splitCell',
  'deleteTable',
] as const

function changeTable(context: OperationContext) {
  const { client, random } = context
  const cells = findCells(client.editor)
  if (cells.length === 0) return
  client.select(pickRandom(cells, random) + 2)
  const command = pickRandom(tableCommands, random)
  if (command !== 'deleteTable' || random() < 0.3) client.editor.commands[command]()
}

function mergeCells({ client, random }: OperationContext) {
  const { state, view } = client.editor
  const cells = findCells(client.editor)
  if (cells.length === 0) return
  const cell = pickRandom(cells, random)
  const $cell = state.doc.resolve(cell)
  const { map, problems } = TableMap.get($cell.node(-1))
  // the server repairs an uneven table of merged edits first
  if (problems) return
  const other = $cell.start(-1) + pickRandom(map, random)
  view.dispatch(state.tr.setSelection(CellSelection.create(state.doc, cell, other)))
  client.editor.commands.mergeCells()
}

function copyRange(context: OperationContext) {
  const { state, view } = context.client.editor
  const from = randomPosition(context)
  const slice = state.doc.slice(from, Math.min(state.doc.content.size, from + 1 + Math.floor(context.random() * 30)))
  const to = randomPosition(context)
  try {
    view.dispatch(state.tr.replaceRange(to, to, slice))
  } catch (error) {
    // ProseMirror refuses a part of a table that does not fit, and changes nothing
    if (!(error instanceof RangeError) && (error as Error).name !== 'ReplaceError') throw error
  }
}

const textOperations: Operation[] = [
  [4, ['type', (context) => (selectAt(context), context.client.type(` ${context.word} `))]],
  [3, ['type on', ({ client, word }) => (client.select(client.editor.state.doc.content.size), client.type(`${word} more words `))]],
  [2, ['split', (context) => (selectAt(context), context.client.press('Enter'))]],
  [1, ['split and type', (context) => (selectAt(context), context.client.press('Enter'), context.client.type(context.word))]],
  [2, ['join', (context) => (selectEdge(context, 'start'), context.client.press('Backspace'))]],
  [1, ['join forward', (context) => (selectEdge(context, 'end'), context.client.press('Delete'))]],
  [2, ['delete letters', (context) => (selectAt(context), context.client.press('Backspace'), context.client.press('Backspace'))]],
  [1, ['delete a passage', (context) => (selectRange(context, 40), context.client.press('Backspace'))]],
  [2, ['delete a word', (context) => (selectRange(context, 6), context.client.press('Backspace'))]],
  [2, ['replace', (context) => (selectRange(context, 15), context.client.type(context.word))]],
  [0.2, ['delete all', ({ client }) => (client.editor.commands.selectAll(), client.press('Backspace'))]],
  [1, ['copy a passage', copyRange]],
]

const formatOperations: Operation[] = [
  [3, ['bold', (context) => selectRange(context, 20).commands.toggleBold()]],
  [1, ['bold all', ({ client }) => client.editor.chain().selectAll().toggleBold().run()]],
  [1, ['italic', (context) => selectRange(context, 20).commands.toggleItalic()]],
  [1, ['underline', (context) => selectRange(context, 20).commands.toggleUnderline()]],
  [1, ['strike', (context) => selectRange(context, 20).commands.toggleStrike()]],
  [1, ['code', (context) => selectRange(context, 10).commands.toggleCode()]],
  [1, ['link', (context) => selectRange(context, 10).commands.setLink({ href: `https://example.org/${context.word}` })]],
  [1, ['unlink', (context) => selectRange(context, 30).commands.unsetLink()]],
]

const blockOperations: Operation[] = [
  [1, ['heading', (context) => selectAt(context).commands.toggleHeading({ level: pickRandom([1, 2, 3] as const, context.random) })]],
  [1, ['paragraph', (context) => selectAt(context).commands.setParagraph()]],
  [1, ['bullets', (context) => selectRange(context, 30).commands.toggleBulletList()]],
  [1, ['numbers', (context) => selectRange(context, 30).commands.toggleOrderedList()]],
  [1, ['indent', (context) => (selectAt(context), context.client.press('Tab'))]],
  [1, ['outdent', (context) => (selectAt(context), context.client.press('Tab', { shiftKey: true }))]],
  [1, ['quote', (context) => selectRange(context, 20).commands.toggleBlockquote()]],
  [1, ['code block', (context) => selectAt(context).commands.toggleCodeBlock()]],
  [1, ['rule', (context) => selectAt(context).commands.setHorizontalRule()]],
  [1, ['break', (context) => selectAt(context).commands.setHardBreak()]],
  [
    1,
    [
      'table',
      (context) => {
        if (findCells(context.client.editor).length < 30)
          selectAt(context).commands.insertTable({ rows: 2, cols: 2, withHeaderRow: context.random() < 0.5 })
      },
    ],
  ],
  [3, ['change a table', changeTable]],
  [1, ['merge cells', mergeCells]],
  [
    1,
    [
      'field',
      (context) => selectAt(context).commands.insertContent({ type: 'variable', attrs: { name: pickRandom(fields, context.random) } }),
    ],
  ],
  [
    1,
    [
      'value of a field',
      ({ client, random, word }) => client.document.getMap(variablesName).set(pickRandom(fields, random), random() < 0.2 ? '' : word),
    ],
  ],
  [1, ['paste', (context) => selectAt(context).view.pasteHTML(pickRandom(pastes, context.random))]],
  [1, ['paste over', (context) => selectRange(context, 20).view.pasteHTML(pickRandom(pastes, context.random))]],
]

const otherOperations: Operation[] = [
  [3, ['undo', ({ client }) => client.editor.commands.undo()]],
  [1, ['undo twice', ({ client }) => (client.editor.commands.undo(), client.editor.commands.undo())]],
  [2, ['redo', ({ client }) => client.editor.commands.redo()]],
  [1.5, ['mode', ({ client }) => setSuggesting(client.editor, !isSuggesting(client.editor))]],
]

/** Operations that do not change the text. */
const readOnlyOperations: Operation[] = [[3, ['click', (context) => void selectAt(context)]]]

const writeOperations = [...textOperations, ...formatOperations, ...blockOperations, ...otherOperations, ...readOnlyOperations]

/** To reduce a failing seed: a regular expression of operations that are left out. */
const excluded = process.env.RICH_TEXT_WITHOUT ? new RegExp(process.env.RICH_TEXT_WITHOUT) : undefined

/** Whether an operation is enabled in this run. */
export const isOperationEnabled = (name: string): boolean => !excluded?.test(name)

const enabledOperations = writeOperations.filter(([, [name]]) => isOperationEnabled(name))

/** The operations of an editor with or without write access. */
export const editorOperations = (editable: boolean): readonly Operation[] => (editable ? enabledOperations : readOnlyOperations)
