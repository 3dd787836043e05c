/** What suggestion mode writes can be decided: rejecting everything restores the text, accepting everything leaves no suggestion. */
import type { Editor, JSONContent } from '@tiptap/core'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { applyDecisions } from '../../domain/suggestions/apply.ts'
import type { Decision } from '../../domain/suggestions/apply-text.ts'
import { editWithinSchema } from '../../domain/documents/richtext/block-repair.ts'
import { parseSuggestions } from '../../domain/documents/richtext/suggestion-marks.ts'
import { contentToUpdate, readContent } from '../../domain/documents/richtext/to-json.ts'
import { setSuggesting } from '../../web/features/suggestions/suggestion-mode.ts'
import { setUpEditors } from '../support/editor-setup.ts'
import { insertText, selectText, type TestEditor } from '../support/editor.ts'
import { chooseSize, createRandom, readSeed } from '../support/random.ts'

const open = setUpEditors()

const paragraph = (...content: object[]) => ({ type: 'paragraph', content })
const text = (words: string, ...marks: string[]) => ({ type: 'text', text: words, marks: marks.map((type) => ({ type })) })
const item = (...content: object[]) => ({ type: 'listItem', content })
const row = (...texts: string[]) => ({
  type: 'tableRow',
  content: texts.map((words) => ({ type: 'tableCell', content: [paragraph(text(words))] })),
})
const original = {
  type: 'doc',
  content: [
    { type: 'heading', attrs: { level: 2 }, content: [text('Agreement')] },
    paragraph(text('Between '), { type: 'variable', attrs: { name: 'Party' } }, text(' and '), text('Ben', 'bold'), text(' of Tallinn.')),
    {
      type: 'bulletList',
      content: [item(paragraph(text('first'))), item(paragraph(text('second')), paragraph(text('more'))), item(paragraph(text('third')))],
    },
    paragraph(text('A line'), { type: 'hardBreak' }, text('and another')),
    { type: 'blockquote', content: [paragraph(text('quoted'))] },
    { type: 'table', content: [row('a', 'b', 'c'), row('d', 'e', 'f')] },
    { type: 'paragraph', attrs: { listStyle: 'clauses', listLevel: 1 }, content: [text('numbered 𠮷 clause')] },
    paragraph(text('The end')),
  ],
}

async function openOriginal(name = 'me'): Promise<TestEditor> {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, await contentToUpdate(original))
  const writer = open(name, { doc })
  setSuggesting(writer.editor, true)
  return writer
}

/** Decides all suggestions as the server does. @returns how many there were */
function decideAll(doc: Y.Doc, state: Decision, author = 'me'): number {
  const { suggestions, parts } = parseSuggestions(doc, () => author, new Set())
  const decisions = [...suggestions.values()].map(({ id, mark }) => ({
    mark,
    state,
    parts: parts.get(id) ?? { inserted: [], struck: [], blocks: [] },
  }))
  editWithinSchema(doc, () => applyDecisions(doc, decisions))
  return suggestions.size
}

/** Presses a key. TipTap's own Enter throws in some selections over several blocks, before it changes anything. */
function pressKey({ view }: Editor, key: string): void {
  try {
    view.someProp('handleKeyDown', (handle) => handle(view, new KeyboardEvent('keydown', { key })))
  } catch (error) {
    if ((error as Error).name !== 'TransformError') throw error
  }
}

/** Commands that change text, its format and the types of blocks. */
const textCommands: ((editor: Editor) => unknown)[] = [
  (editor) => editor.commands.toggleBold(),
  (editor) => editor.commands.toggleItalic(),
  (editor) => editor.commands.toggleSuperscript(),
  (editor) => editor.commands.setLink({ href: 'https://example.org' }),
  (editor) => editor.commands.unsetLink(),
  (editor) => editor.commands.toggleHeading({ level: 2 }),
  (editor) => editor.commands.setParagraph(),
  (editor) => editor.commands.deleteSelection(),
  (editor) => editor.commands.insertContent({ type: 'variable', attrs: { name: 'Price' } }),
]

const commands: typeof textCommands = [
  ...textCommands,
  (editor) => pressKey(editor, 'Enter'),
  (editor) => pressKey(editor, 'Backspace'),
  (editor) => editor.commands.setHardBreak(),
  (editor) => editor.commands.insertTable({ rows: 2, cols: 2 }),
  (editor) => editor.commands.addRowAfter(),
  (editor) => editor.commands.addColumnBefore(),
  (editor) => editor.commands.deleteRow(),
  (editor) => editor.commands.deleteColumn(),
  (editor) => editor.commands.deleteTable(),
  (editor) => editor.commands.setHorizontalRule(),
]

/** A position that is not within a surrogate pair, as a browser selects. */
const wholeCharacter = ({ editor }: TestEditor, pos: number) =>
  /^[\udc00-\udfff]/.test(editor.state.doc.textBetween(pos, Math.min(editor.state.doc.content.size, pos + 1))) ? pos + 1 : pos

/** Commands that move blocks into lists and quotes, and out of them. */
const containerCommands: typeof textCommands = [
  (editor) => editor.commands.toggleBulletList(),
  (editor) => editor.commands.toggleOrderedList(),
  (editor) => editor.commands.toggleTaskList(),
  (editor) => editor.commands.toggleBlockquote(),
  (editor) => editor.commands.sinkListItem('listItem'),
  (editor) => editor.commands.liftListItem('listItem'),
]

/**
 * The commands of an edit. In every third round the first edit moves blocks between lists, and the others stay within blocks: when blocks
 * are moved several times, rejecting that restores the text, but not always the nesting of lists.
 */
function chooseCommands(round: number, edit: number): typeof textCommands {
  if (round % 3 > 0) return commands
  return edit === 0 ? containerCommands : textCommands
}

/** Makes a random edit at a random place. @returns what it did */
function editAtRandom(writer: TestEditor, random: () => number, choices: typeof textCommands): string {
  const { editor } = writer
  const size = editor.state.doc.content.size
  const from = Math.floor(random() * size)
  const length = random() < 0.5 ? 0 : Math.floor(random() * 30)
  selectText(writer, wholeCharacter(writer, from), wholeCharacter(writer, Math.min(size, from + length)))
  const range = `${editor.state.selection.from}-${editor.state.selection.to}`
  if (random() < 0.3) {
    insertText(writer, ['x', 'new text', '🤝'][Math.floor(random() * 3)] as string)
    return `${range} text`
  }
  const command = choices[Math.floor(random() * choices.length)]
  command?.(editor)
  return `${range} ${String(command).slice('(editor) => editor.commands.'.length)}`
}

/** The text with adjacent lists of one kind as one list: they look the same. */
function joinLists(part: JSONContent): JSONContent {
  const content: JSONContent[] = []
  for (const child of part.content?.map(joinLists) ?? []) {
    const last = content.at(-1)
    if (last?.type?.endsWith('List') && last.type === child.type) last.content = [...(last.content ?? []), ...(child.content ?? [])]
    else content.push(child)
  }
  return part.content ? { ...part, content } : part
}

describe('decisions on what suggestion mode wrote', () => {
  test('a suggested list, a format, a field and a split are undone by rejecting them', async () => {
    const writer = await openOriginal()
    const before = await readContent(writer.doc)
    selectText(writer, 12, 30)
    writer.editor.commands.toggleItalic()
    writer.editor.commands.toggleOrderedList()
    writer.editor.commands.insertContent({ type: 'variable', attrs: { name: 'Price' } })
    writer.editor.commands.splitBlock()
    expect(writer.refusals).toBe(0)
    expect(decideAll(writer.doc, 'rejected')).toBeGreaterThan(2)
    expect(await readContent(writer.doc)).toEqual(before)
  })

  test('an inserted list item that leaves the list stays an insertion', async () => {
    const writer = await openOriginal()
    const before = await readContent(writer.doc)
    const { doc } = writer.editor.state
    let end = 0
    doc.descendants((node, pos) => {
      if (node.isTextblock && node.textContent === 'third') end = pos + 1 + node.content.size
    })
    selectText(writer, end)
    for (let presses = 0; presses < 2; presses++) pressKey(writer.editor, 'Enter')
    insertText(writer, 'after the list')
    expect(decideAll(writer.doc, 'rejected')).toBeGreaterThan(0)
    expect(await readContent(writer.doc)).toEqual(before)
  })

  test('random suggestions: rejecting all of them restores the text, accepting all of them leaves none (property)', async () => {
    const seed = readSeed('decided suggestions')
    const counts = { suggestions: 0, refused: 0, edits: 0 }
    for (let round = 0; round < chooseSize(40, 150); round++) {
      const random = createRandom(seed + round)
      const writer = await openOriginal()
      const before = await readContent(writer.doc)
      const edits = 1 + Math.floor(random() * 6)
      const done = Array.from({ length: edits }, (_, index) => editAtRandom(writer, random, chooseCommands(round, index))).join('; ')
      counts.edits += edits
      counts.refused += writer.refusals
      const accepted = new Y.Doc()
      Y.applyUpdate(accepted, Y.encodeStateAsUpdate(writer.doc))
      counts.suggestions += decideAll(writer.doc, 'rejected')
      expect(joinLists(await readContent(writer.doc)), `rejected, SEED=${seed + round}: ${done}`).toEqual(before)
      decideAll(accepted, 'accepted')
      expect(JSON.stringify(await readContent(accepted)), `accepted, SEED=${seed + round}: ${done}`).not.toMatch(
        /insertion|deletion|formatChange|"suggestion":"/,
      )
    }
    console.log(JSON.stringify(counts))
    expect(counts.suggestions).toBeGreaterThan(counts.edits / 3)
  })
})
