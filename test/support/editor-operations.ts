/** What people do in an editor, at random places: keys, formats, lists, tables, fields, pastes, undo, suggestions. */
import type { Editor } from '@tiptap/core'
import { CellSelection, TableMap } from '@tiptap/pm/tables'
import { variablesName } from '../../domain/documents/richtext/schema.ts'
import { isSuggesting, setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'
import type { HeadlessEditor } from './headless-editor.ts'
import { pickRandom } from './participant.ts'

interface OperationContext {
  client: HeadlessEditor
  random: () => number
  /** A word that nobody else types. */
  word: string
}

/** An operation with how often it is chosen, and its name. */
type Operation = readonly [weight: number, value: readonly [name: string, does: (given: OperationContext) => void]]

const pastes = [
  '<p>pasted <b>bold <i>both</i></b> <a href="https://example.org/x">link</a></p>',
  '<h2>Pasted head</h2><ul><li>one<ul><li>two <u>under</u></li></ul></li><li>three</li></ul>',
  '<table><tr><th>h1</th><th>h2</th></tr><tr><td>c1</td><td>c2</td></tr></table><p>after</p>',
  '<blockquote><p>quoted</p><p>more <code>code</code></p></blockquote>',
  '<pre><code class="language-js">let a = 1\nlet b</code></pre>',
  '<ol start="3"><li><p>third</p><p>second par</p></li></ol><hr><p>x<br>y</p>',
  '<p>inline <span data-variable="party">{{party}}</span> field</p>',
]

/** What a document of a random test begins with: something of everything. */
export const initialContent =
  '<h1>Agreement</h1><p>Between the first and the second party, who agree on what follows.</p>' +
  '<ul><li><p>one</p><ul><li><p>nested</p></li></ul></li><li><p>two</p></li></ul>' +
  '<table><tr><th>name</th><th>share</th></tr><tr><td>Ann</td><td>half</td></tr></table>' +
  '<blockquote><p>a quote</p></blockquote><p>The end of it <span data-variable="party">{{party}}</span>.</p>'

const fields = ['party', 'date', 'sum']

const randomPosition = ({ client, random }: OperationContext) =>
  1 + Math.floor(random() * Math.max(1, client.editor.state.doc.content.size - 1))

function selectAt(given: OperationContext): Editor {
  given.client.select(randomPosition(given))
  return given.client.editor
}

function selectRange(given: OperationContext, maxLength: number): Editor {
  const from = randomPosition(given)
  given.client.select(from, from + 1 + Math.floor(given.random() * maxLength))
  return given.client.editor
}

/** Puts the caret at the begin or the end of a block with text. */
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

function changeTable(given: OperationContext) {
  const { client, random } = given
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
  // a table that others made uneven is made even by the server first
  if (problems) return
  const other = $cell.start(-1) + pickRandom(map, random)
  view.dispatch(state.tr.setSelection(CellSelection.create(state.doc, cell, other)))
  client.editor.commands.mergeCells()
}

function copyRange(given: OperationContext) {
  const { state, view } = given.client.editor
  const from = randomPosition(given)
  const slice = state.doc.slice(from, Math.min(state.doc.content.size, from + 1 + Math.floor(given.random() * 30)))
  const to = randomPosition(given)
  try {
    view.dispatch(state.tr.replaceRange(to, to, slice))
  } catch (error) {
    // a part of a table that fits nowhere: ProseMirror refuses it, and nothing changes
    if (!(error instanceof RangeError) && (error as Error).name !== 'ReplaceError') throw error
  }
}

const textOperations: Operation[] = [
  [4, ['type', (given) => (selectAt(given), given.client.type(` ${given.word} `))]],
  [3, ['type on', ({ client, word }) => (client.select(client.editor.state.doc.content.size), client.type(`${word} more words `))]],
  [2, ['split', (given) => (selectAt(given), given.client.press('Enter'))]],
  [1, ['split and type', (given) => (selectAt(given), given.client.press('Enter'), given.client.type(given.word))]],
  [2, ['join', (given) => (selectEdge(given, 'start'), given.client.press('Backspace'))]],
  [1, ['join forward', (given) => (selectEdge(given, 'end'), given.client.press('Delete'))]],
  [2, ['delete letters', (given) => (selectAt(given), given.client.press('Backspace'), given.client.press('Backspace'))]],
  [1, ['delete a passage', (given) => (selectRange(given, 40), given.client.press('Backspace'))]],
  [2, ['delete a word', (given) => (selectRange(given, 6), given.client.press('Backspace'))]],
  [2, ['replace', (given) => (selectRange(given, 15), given.client.type(given.word))]],
  [0.2, ['delete all', ({ client }) => (client.editor.commands.selectAll(), client.press('Backspace'))]],
  [1, ['copy a passage', copyRange]],
]

const formatOperations: Operation[] = [
  [3, ['bold', (given) => selectRange(given, 20).commands.toggleBold()]],
  [1, ['bold all', ({ client }) => client.editor.chain().selectAll().toggleBold().run()]],
  [1, ['italic', (given) => selectRange(given, 20).commands.toggleItalic()]],
  [1, ['underline', (given) => selectRange(given, 20).commands.toggleUnderline()]],
  [1, ['strike', (given) => selectRange(given, 20).commands.toggleStrike()]],
  [1, ['code', (given) => selectRange(given, 10).commands.toggleCode()]],
  [1, ['link', (given) => selectRange(given, 10).commands.setLink({ href: `https://example.org/${given.word}` })]],
  [1, ['unlink', (given) => selectRange(given, 30).commands.unsetLink()]],
]

const blockOperations: Operation[] = [
  [1, ['heading', (given) => selectAt(given).commands.toggleHeading({ level: pickRandom([1, 2, 3] as const, given.random) })]],
  [1, ['paragraph', (given) => selectAt(given).commands.setParagraph()]],
  [1, ['bullets', (given) => selectRange(given, 30).commands.toggleBulletList()]],
  [1, ['numbers', (given) => selectRange(given, 30).commands.toggleOrderedList()]],
  [1, ['indent', (given) => (selectAt(given), given.client.press('Tab'))]],
  [1, ['outdent', (given) => (selectAt(given), given.client.press('Tab', { shiftKey: true }))]],
  [1, ['quote', (given) => selectRange(given, 20).commands.toggleBlockquote()]],
  [1, ['code block', (given) => selectAt(given).commands.toggleCodeBlock()]],
  [1, ['rule', (given) => selectAt(given).commands.setHorizontalRule()]],
  [1, ['break', (given) => selectAt(given).commands.setHardBreak()]],
  [
    1,
    [
      'table',
      (given) => {
        if (findCells(given.client.editor).length < 30)
          selectAt(given).commands.insertTable({ rows: 2, cols: 2, withHeaderRow: given.random() < 0.5 })
      },
    ],
  ],
  [3, ['change a table', changeTable]],
  [1, ['merge cells', mergeCells]],
  [
    1,
    ['field', (given) => selectAt(given).commands.insertContent({ type: 'variable', attrs: { name: pickRandom(fields, given.random) } })],
  ],
  [
    1,
    [
      'value of a field',
      ({ client, random, word }) => client.document.getMap(variablesName).set(pickRandom(fields, random), random() < 0.2 ? '' : word),
    ],
  ],
  [1, ['paste', (given) => selectAt(given).view.pasteHTML(pickRandom(pastes, given.random))]],
  [1, ['paste over', (given) => selectRange(given, 20).view.pasteHTML(pickRandom(pastes, given.random))]],
]

const otherOperations: Operation[] = [
  [3, ['undo', ({ client }) => client.editor.commands.undo()]],
  [1, ['undo twice', ({ client }) => (client.editor.commands.undo(), client.editor.commands.undo())]],
  [2, ['redo', ({ client }) => client.editor.commands.redo()]],
  [1.5, ['mode', ({ client }) => setSuggesting(client.editor, !isSuggesting(client.editor))]],
]

/** Selecting changes nothing in a text. */
const readOnlyOperations: Operation[] = [[3, ['click', (given) => void selectAt(given)]]]

const writeOperations = [...textOperations, ...formatOperations, ...blockOperations, ...otherOperations, ...readOnlyOperations]

/** For reducing a seed to its cause: names of operations that are left out, as a regular expression. */
const excluded = process.env.RICH_TEXT_WITHOUT ? new RegExp(process.env.RICH_TEXT_WITHOUT) : undefined

/** Whether an operation takes part in this run. */
export const isOperationEnabled = (name: string): boolean => !excluded?.test(name)

const enabledOperations = writeOperations.filter(([, [name]]) => isOperationEnabled(name))

/** What can be done in an editor, by who may write in it and by who may not. */
export const editorOperations = (editable: boolean): readonly Operation[] => (editable ? enabledOperations : readOnlyOperations)
