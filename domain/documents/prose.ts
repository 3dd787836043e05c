/**
 * What a text may hold: the schema of the rich text (`Y.XmlFragment` `default`), for the server and the browser alike. Reads nothing but
 * the editor's own packages, so that the browser can have it.
 *
 * Suggestions are marks on words and an attribute on blocks, since marks on blocks do not survive Yjs (libraries 16).
 */
import { Extension, type Extensions, getSchema, Mark, Node } from '@tiptap/core'
import { TableKit } from '@tiptap/extension-table'
import { StarterKit } from '@tiptap/starter-kit'

/** Links lead to the web or to a mailbox; nothing that a browser would run. */
export function isSafeLink(href: string): boolean {
  return /^(https?:\/\/|mailto:)\S+$/i.test(href)
}

/** The name of the root type that holds the text, and of the map that holds the values of its variables. */
export const textName = 'default'
export const variablesName = 'variables'

/** The kit, but suggestions may lie on code in a line, too: else it could be neither struck nor added to. */
const SuggestibleKit = StarterKit.extend({
  addExtensions() {
    const kit = this.parent?.() ?? []
    return kit.map((one) => (one.name === 'code' ? (one as Mark).extend({ excludes: 'bold code italic link strike underline' }) : one))
  },
})

/** Who suggested, and when: the server writes it, or looks at what a client wrote. */
const suggested = { id: { default: null }, author: { default: null }, at: { default: null } }

const suggestionMark = (name: 'insertion' | 'deletion', tag: 'ins' | 'del') =>
  Mark.create({
    name,
    // both may lie on the same words, and beside everything else
    excludes: '',
    inclusive: name === 'insertion',
    addAttributes: () => suggested,
    parseHTML: () => [{ tag: `${tag}[data-suggestion]`, priority: 60 }],
    renderHTML: ({ mark }) => [tag, { 'data-suggestion': String(mark.attrs.id), 'data-author': String(mark.attrs.author) }, 0],
  })

/** Blocks on which a suggestion may lie. */
export const suggestibleBlocks = ['paragraph', 'heading', 'listItem', 'blockquote', 'codeBlock', 'horizontalRule', 'table', 'tableRow']

/** A suggestion for a whole block, as JSON text of `BlockSuggestion`; null where there is none. */
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

/** What is suggested for a block: that it comes, goes, or becomes another (a paragraph a heading, say), which it was before. */
export interface BlockSuggestion {
  id: string
  kind: 'insert' | 'delete' | 'change'
  author: string
  at: string
  was?: { type: string; attrs: Record<string, unknown> }
}

/** Whether a text can name a variable: 1 to 60 letters, digits, spaces, `-`, `_` and `.`, the first a letter. */
export const isVariableName = (name: unknown): name is string => typeof name === 'string' && /^\p{L}[\p{L}\p{N} ._-]{0,59}$/u.test(name)

// what XML forbids, so that every form can hold every text; one sign for one, so that places in the text stay where they are
const forbidden = /(?![\t\n\r])[\p{Cc}\ufffe\uffff]/gu

/** A text without what no file may hold: as many signs as before. */
export const plain = (text: string): string => text.replace(forbidden, '\ufffd').toWellFormed()

/** The most signs that the value of a variable has. */
export const longestValue = 1000

/** What a variable is called before people: `second-party` and `secondParty` are "Second party". */
export function variableLabel(name: string): string {
  const words = name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/[\s._-]+/g, ' ')
    .trim()
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A live field: its value stands in the map `variables`, and until it does, its name is shown. */
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
    // Yjs undoes only what one wrote oneself. A trailing paragraph would be an edit made by reading.
    undoRedo: false,
    trailingNode: false,
    heading: { levels: [1, 2, 3] },
    link: {
      openOnClick: false,
      defaultProtocol: 'https',
      isAllowedUri: (href) => isSafeLink(href),
      HTMLAttributes: { rel: 'noopener noreferrer nofollow', target: '_blank' },
    },
  }),
  TableKit.configure({ table: { resizable: false } }),
  suggestionMark('insertion', 'ins'),
  suggestionMark('deletion', 'del'),
  blockSuggestion,
  variable,
]

export const proseSchema = getSchema(proseExtensions)
