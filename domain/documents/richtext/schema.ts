/**
 * The schema of the rich text (`Y.XmlFragment` `default`), for server and browser. It imports only the editor's packages, so that the
 * browser can load it.
 *
 * Suggestions are marks on text and an attribute on blocks, since marks on blocks do not survive Yjs.
 */
import { Extension, type Extensions, getSchema, Mark, Node } from '@tiptap/core'
import { TaskItem, TaskList } from '@tiptap/extension-list'
import { Subscript } from '@tiptap/extension-subscript'
import { Superscript } from '@tiptap/extension-superscript'
import { TableKit } from '@tiptap/extension-table'
import { StarterKit } from '@tiptap/starter-kit'
import { crossReference, paragraphNumbering } from './schema-numbering.ts'

/**
 * The version of this schema. It rises when the schema gets a node, mark or attribute. A document records the highest version that edited
 * it (`schema-version.ts`); an editor of an older version does not change it.
 */
export const schemaVersion = 2

/** Links go to the web or to a mailbox; never to something that a browser would run. */
export function isSafeLink(href: string): boolean {
  return /^(https?:\/\/|mailto:)\S+$/i.test(href)
}

/** The name of the root type with the text, and of the map with the values of its variables. */
export const textName = 'default'
export const variablesName = 'variables'

/** Deepest level of a heading, as in HTML and Markdown. */
export const maxHeadingLevel = 6

/** The valid level of a heading: 1 where it has none, else the nearest of 1 to 6. */
export function headingLevel(level: unknown): number {
  const given = typeof level === 'number' || typeof level === 'string' ? Math.round(Number(level)) : Number.NaN
  return Number.isNaN(given) ? 1 : Math.min(maxHeadingLevel, Math.max(1, given))
}

/** A heading shown at its valid level; the kit shows unknown levels as 1. */
const clampedHeading = (heading: Node) =>
  heading.extend({
    renderHTML: ({ node, HTMLAttributes }) => [`h${headingLevel(node.attrs.level)}`, HTMLAttributes, 0],
  })

/**
 * The starter kit, but code may also be bold, a link or suggested. Two people who format the same words at once leave both marks in Yjs, so
 * a mark that excludes others would create a text that this schema refuses.
 */
const SuggestibleKit = StarterKit.extend({
  addExtensions() {
    const kit = this.parent?.() ?? []
    return kit.map((one) => {
      if (one.name === 'code') return (one as Mark).extend({ excludes: 'code' })
      return one.name === 'heading' ? clampedHeading(one as Node) : one
    })
  },
})

/** The author and time of a suggestion: the server writes them, or verifies what a client wrote. */
const suggestionAttributes = { id: { default: null }, author: { default: null }, at: { default: null } }

const suggestionMark = (name: 'insertion' | 'deletion', tag: 'ins' | 'del') =>
  Mark.create({
    name,
    // both may be on the same words, and beside all other marks
    excludes: '',
    inclusive: name === 'insertion',
    addAttributes: () => suggestionAttributes,
    parseHTML: () => [{ tag: `${tag}[data-suggestion]`, priority: 60 }],
    renderHTML: ({ mark }) => [tag, { 'data-suggestion': String(mark.attrs.id), 'data-author': String(mark.attrs.author) }, 0],
  })

/**
 * A suggested change of format. The text has the new format; `added` and `removed` (arrays of marks as JSON) are what the suggestion did to
 * it. Rejecting it undoes that.
 */
const formatChange = Mark.create({
  name: 'formatChange',
  excludes: '',
  inclusive: false,
  addAttributes: () => ({ ...suggestionAttributes, added: { default: [] }, removed: { default: [] } }),
  parseHTML: () => [],
  renderHTML: ({ mark }) => ['span', { 'data-suggestion': String(mark.attrs.id), 'data-author': String(mark.attrs.author) }, 0],
})

/** Blocks that can have a suggestion. */
export const suggestibleBlocks = [
  'paragraph',
  'heading',
  'listItem',
  'taskItem',
  'blockquote',
  'codeBlock',
  'horizontalRule',
  'table',
  'tableRow',
  'tableCell',
  'tableHeader',
]

/** The suggestion on a whole block, as JSON text of `BlockSuggestion`; null where there is none. */
const blockSuggestion = Extension.create({
  name: 'blockSuggestion',
  addGlobalAttributes: () => [
    {
      types: suggestibleBlocks,
      attributes: {
        suggestion: {
          default: null,
          keepOnSplit: false,
          parseHTML: () => null,
          renderHTML: ({ suggestion }) => (suggestion ? { 'data-block-suggestion': String(suggestion) } : {}),
        },
      },
    },
  ],
})

/** The direction of a paragraph: `ltr` or `rtl` where its author set one; null: by its first letter, as HTML's `auto`. */
const direction = Extension.create({
  name: 'direction',
  addGlobalAttributes: () => [
    {
      types: ['paragraph', 'heading'],
      attributes: {
        dir: {
          default: null,
          parseHTML: (element) => (/^(ltr|rtl)$/i.test(element.dir) ? element.dir.toLowerCase() : null),
          renderHTML: ({ dir }) => ({ dir: dir === 'ltr' || dir === 'rtl' ? dir : 'auto' }),
        },
      },
    },
  ],
})

/** Marks a cell that the server added to an uneven table (`tables.ts`). While it is empty, it may be removed again. */
const fillerCell = Extension.create({
  name: 'fillerCell',
  addGlobalAttributes: () => [
    {
      types: ['tableCell', 'tableHeader'],
      attributes: { filler: { default: null, keepOnSplit: false, parseHTML: () => null, renderHTML: () => ({}) } },
    },
  ],
})

/**
 * The suggestion on a block: to insert it, delete it, or change it; `was` is its type before and, where they change, the names of the lists,
 * items and quotes around it, the outermost first, and how many of them it shared with the block before and after it.
 */
export interface BlockSuggestion {
  id: string
  kind: 'insert' | 'delete' | 'change'
  author: string
  at: string
  was?: { type: string; attrs: Record<string, unknown>; within?: string[]; shared?: [before: number, after: number] }
}

/** Whether a text can name a variable: 1 to 60 letters, digits, spaces, `-`, `_` and `.`; the first is a letter. */
export const isVariableName = (name: unknown): name is string => typeof name === 'string' && /^\p{L}[\p{L}\p{N} ._-]{0,59}$/u.test(name)

// characters that XML forbids, replaced one by one, so that positions in the text stay valid
const forbiddenCharacters = /(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu

/** Replaces characters that some file formats forbid. The length stays the same. */
export const replaceForbidden = (text: string): string => text.replace(forbiddenCharacters, '\ufffd').toWellFormed()

/** Maximum length of a variable's value, characters. */
export const maxValueCharacters = 1000

/** The label of a variable: `second-party` and `secondParty` are "Second party". */
export function variableLabel(name: string): string {
  const words = name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/[\s._-]+/g, ' ')
    .trim()
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A variable: its value is in the map `variables`; until it has one, its name is shown. */
const variable = Node.create({
  name: 'variable',
  group: 'inline',
  inline: true,
  atom: true,
  selectable: true,
  addAttributes: () => ({ name: { default: '' } }),
  parseHTML: () => [{ tag: 'span[data-variable]', getAttrs: (element) => ({ name: element.getAttribute('data-variable') ?? '' }) }],
  renderHTML: ({ node }) => ['span', { 'data-variable': String(node.attrs.name) }, `{{${String(node.attrs.name)}}}`],
  renderText: ({ node }) => `{{${String(node.attrs.name)}}}`,
})

export const proseExtensions: Extensions = [
  SuggestibleKit.configure({
    // Yjs has its own undo, limited to the own edits. A trailing paragraph would be an edit made by reading.
    undoRedo: false,
    trailingNode: false,
    heading: { levels: [1, 2, 3, 4, 5, 6] },
    link: {
      openOnClick: false,
      // The workspace has its own. With the extension's own, a link would also take the text that is typed after it.
      autolink: false,
      linkOnPaste: false,
      defaultProtocol: 'https',
      isAllowedUri: (href) => isSafeLink(href),
      HTMLAttributes: { rel: 'noopener noreferrer nofollow', target: '_blank' },
    },
  }),
  TableKit.configure({ table: { resizable: false } }),
  TaskList,
  TaskItem.configure({ nested: true }),
  Superscript,
  Subscript,
  suggestionMark('insertion', 'ins'),
  suggestionMark('deletion', 'del'),
  formatChange,
  blockSuggestion,
  fillerCell,
  paragraphNumbering,
  direction,
  variable,
  crossReference,
]

export const proseSchema = getSchema(proseExtensions)
