/** Commands and keys that number paragraphs and headings as the clauses of a contract. */
import { type Editor, Extension, type Extensions } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import type { Command, EditorState, Transaction } from '@tiptap/pm/state'
import { canSplit } from '@tiptap/pm/transform'
import type { Doc } from 'yjs'
import { clauseStyle, clauseStyleId, isListStyleId, listStylesName, maxListLevel } from '../../../domain/documents/richtext/list-styles.ts'
import { headingLevel } from '../../../domain/documents/richtext/schema.ts'
import { getListStyles } from './shown-numbers.ts'

interface Block {
  node: Node
  pos: number
}

const isNumbered = ({ attrs }: Node) => isListStyleId(attrs['listStyle'])
const getLevel = ({ attrs }: Node) => (typeof attrs['listLevel'] === 'number' ? attrs['listLevel'] : 0)

/** The selected paragraphs and headings that can have a number; those in lists have one of their list. */
function findBlocks({ doc, selection }: EditorState): Block[] {
  const blocks: Block[] = []
  for (const { $from, $to } of selection.ranges) {
    doc.nodesBetween($from.pos, $to.pos, (node, pos) => {
      if (/^(listItem|taskItem)$/.test(node.type.name)) return false
      if (node.type.name === 'paragraph' || node.type.name === 'heading') blocks.push({ node, pos })
      return !node.isTextblock
    })
  }
  return blocks
}

/** Changes attributes of a block by a step that suggestion mode can express. */
const setAttributes = (tr: Transaction, { node, pos }: Block, attrs: Record<string, unknown>) =>
  tr.setNodeMarkup(pos, null, { ...node.attrs, ...attrs })

const unnumbered = { listStyle: null, listLevel: null, listStart: null }

/** The numbered block that is directly before a block, in the same parent. */
function findNumberedBefore({ doc }: EditorState, { pos }: Block): Node | undefined {
  const before = doc.resolve(pos).nodeBefore
  return before && isNumbered(before) ? before : undefined
}

/** The level of each block that gets a number: headings by their level, a paragraph below the heading before it, or as the one before. */
function findLevels(state: EditorState, blocks: Block[]): number[] {
  const levels = blocks.map(({ node }) => (node.type.name === 'heading' ? headingLevel(node.attrs['level']) : Number.POSITIVE_INFINITY))
  const highest = Math.min(...levels)
  const before = blocks[0] && findNumberedBefore(state, blocks[0])
  let paragraphLevel = before ? getLevel(before) + (before.type.name === 'heading' ? 1 : 0) : 0
  return levels.map((level) => {
    const isHeading = Number.isFinite(level)
    if (isHeading) paragraphLevel = level - highest + 1
    return Math.min(isHeading ? level - highest : paragraphLevel, maxListLevel)
  })
}

/** Whether all selected paragraphs and headings are numbered. */
export function isClauseNumbered(state: EditorState): boolean {
  const blocks = findBlocks(state)
  return blocks.length > 0 && blocks.every(({ node }) => isNumbered(node))
}

/** Numbers the selected paragraphs and headings, or removes their numbers if all have one. */
const toggleClauseNumbering: Command = (state, dispatch) => {
  const blocks = findBlocks(state)
  const [first] = blocks
  if (!first) return false
  if (!dispatch) return true
  const { tr } = state
  if (isClauseNumbered(state)) {
    for (const block of blocks) setAttributes(tr, block, unnumbered)
  } else {
    const listStyle: unknown = findNumberedBefore(state, first)?.attrs['listStyle'] ?? clauseStyleId
    const levels = findLevels(state, blocks)
    for (const [index, block] of blocks.entries()) {
      if (!isNumbered(block.node)) setAttributes(tr, block, { listStyle, listLevel: levels[index] })
    }
  }
  dispatch(tr.scrollIntoView())
  return true
}

/** In a table Tab moves to the next cell. */
function isInTableCell({ selection: { $from } }: EditorState): boolean {
  for (let depth = $from.depth; depth > 0; depth--) if (/^table(Cell|Header)$/.test($from.node(depth).type.name)) return true
  return false
}

/** Moves the selected numbered blocks one level down or up. Handles the key wherever all selected blocks are numbered. */
const changeLevel =
  (by: 1 | -1): Command =>
  (state, dispatch) => {
    if (!isClauseNumbered(state) || isInTableCell(state)) return false
    const styles = getListStyles(state)
    const { tr } = state
    for (const block of findBlocks(state)) {
      const deepest = (styles.get(String(block.node.attrs['listStyle'])) ?? clauseStyle).levels.length - 1
      const level = Math.max(0, Math.min(getLevel(block.node) + by, deepest))
      if (level !== getLevel(block.node)) setAttributes(tr, block, { listLevel: level })
    }
    if (tr.docChanged) dispatch?.(tr.scrollIntoView())
    return true
  }

/** The numbered block that contains the caret. */
function findBlockAtCaret({ selection }: EditorState): Block | undefined {
  const { $from, empty } = selection
  const node = $from.parent
  return empty && node.isTextblock && isNumbered(node) ? { node, pos: $from.before() } : undefined
}

/** Whether the number of the block at the caret begins to count anew. */
export function isNumberingRestarted(state: EditorState): boolean {
  const [block] = findBlocks(state)
  return typeof block?.node.attrs['listStart'] === 'number'
}

/** Begins to count anew at the selected block, or continues the count again. */
const toggleRestart: Command = (state, dispatch) => {
  const block = findBlocks(state).find(({ node }) => isNumbered(node))
  if (!block) return false
  const style = getListStyles(state).get(String(block.node.attrs['listStyle'])) ?? clauseStyle
  const start = style.levels[getLevel(block.node)]?.start ?? 1
  dispatch?.(setAttributes(state.tr, block, { listStart: isNumberingRestarted(state) ? null : start }))
  return true
}

/** Removes the number of an empty block (Enter), or of the block that begins at the caret (Backspace). */
const endNumbering =
  (key: 'Enter' | 'Backspace'): Command =>
  (state, dispatch) => {
    const block = findBlockAtCaret(state)
    const isEnd = key === 'Enter' ? block?.node.content.size === 0 : state.selection.$from.parentOffset === 0
    if (!block || !isEnd) return false
    dispatch?.(setAttributes(state.tr, block, unnumbered).scrollIntoView())
    return true
  }

/** Splits a numbered block. Its bookmark and its restart stay with its beginning; after a heading comes a paragraph one level below. */
const splitNumbered: Command = (state, dispatch) => {
  const { $from, $to } = state.selection
  const block: Block = { node: $from.parent, pos: $from.depth > 0 ? $from.before() : 0 }
  if (!block.node.isTextblock || !isNumbered(block.node) || !$from.sameParent($to)) return false
  const { node } = block
  const paragraph = state.schema.nodes['paragraph']
  const becomesParagraph = node.type.name === 'heading' && $to.parentOffset === node.content.size && $from.parentOffset > 0
  const type = becomesParagraph && paragraph ? paragraph : node.type
  const { dir, listStyle } = node.attrs
  const deeper = { dir, listStyle, listLevel: Math.min(getLevel(node) + 1, maxListLevel) }
  const attrs = becomesParagraph ? deeper : { ...node.attrs, listStart: null, bookmark: null, suggestion: null }
  const { tr } = state
  tr.delete($from.pos, $to.pos)
  const after = [{ type, attrs: $from.parentOffset === 0 ? { ...attrs, bookmark: node.attrs['bookmark'] } : attrs }]
  if (!canSplit(tr.doc, $from.pos, 1, after)) return false
  if (!dispatch) return true
  tr.split($from.pos, 1, after)
  if ($from.parentOffset === 0 && node.attrs['bookmark']) setAttributes(tr, block, { bookmark: null })
  const marks = state.storedMarks ?? ($to.parentOffset > 0 ? $from.marks() : [])
  dispatch(tr.ensureMarks(marks).scrollIntoView())
  return true
}

/** Writes the clause style into the document where it is not yet. */
function storeClauseStyle(document: Doc): void {
  const styles = document.getMap<unknown>(listStylesName)
  if (!styles.has(clauseStyleId)) styles.set(clauseStyleId, clauseStyle)
}

const run = (editor: Editor, command: Command): boolean => command(editor.state, (tr) => editor.view.dispatch(tr))

/** Numbers the selected blocks as clauses, or removes their numbers. */
export function toggleClauses(editor: Editor, document: Doc): void {
  if (!isClauseNumbered(editor.state)) storeClauseStyle(document)
  run(editor, toggleClauseNumbering)
}

/** Begins to count anew at the selected block, or continues the count. */
export const toggleNumberingRestart = (editor: Editor): boolean => run(editor, toggleRestart)

/** Keys of numbered blocks: Tab and Shift-Tab change the level, Enter continues, Enter in an empty block and Backspace end the numbering. */
export const clauseNumbering = (document: Doc) =>
  Extension.create({
    name: 'clauseNumbering',
    // before the keys of the starter kit
    priority: 150,
    addKeyboardShortcuts: () => ({
      Tab: ({ editor }) => run(editor, changeLevel(1)),
      'Shift-Tab': ({ editor }) => run(editor, changeLevel(-1)),
      Enter: ({ editor }) => run(editor, endNumbering('Enter')) || run(editor, splitNumbered),
      Backspace: ({ editor }) => run(editor, endNumbering('Backspace')),
      'Mod-Shift-6': ({ editor }) => {
        toggleClauses(editor, document)
        return true
      },
    }),
  })

/** Returns the extensions with numbers of paragraphs kept in copied HTML. */
export function withCopiedNumbering(extensions: Extensions): Extensions {
  return extensions.map((extension) => {
    if (!(extension instanceof Extension) || extension.name !== 'paragraphNumbering') return extension
    return extension.extend({
      addGlobalAttributes() {
        const inherited = (this as unknown as { parent: () => { types: string[]; attributes: Record<string, object> }[] }).parent()
        return inherited.map(({ types, attributes }) => ({
          types,
          attributes: { ...attributes, ...copiedAttributes(attributes) },
        }))
      },
    } as never)
  })
}

const copiedAttributes = ({ listStyle, listLevel }: Record<string, object>) => ({
  listStyle: {
    ...listStyle,
    parseHTML: ({ dataset }: HTMLElement) => (isListStyleId(dataset['listStyle']) ? dataset['listStyle'] : null),
    renderHTML: ({ listStyle: id }: Record<string, unknown>) => (id ? { 'data-list-style': String(id) } : {}),
  },
  listLevel: {
    ...listLevel,
    parseHTML: ({ dataset }: HTMLElement) => (/^[0-8]$/.test(dataset['listLevel'] ?? '') ? Number(dataset['listLevel']) : null),
    renderHTML: ({ listStyle: id, listLevel: level }: Record<string, unknown>) => (id ? { 'data-list-level': String(level ?? 0) } : {}),
  },
})
