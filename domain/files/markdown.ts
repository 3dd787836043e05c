/**
 * A paper as Markdown (CommonMark, with the tables and strikes of GitHub's). Every sign that would mean something is escaped, so that words
 * stay words: the editor's own writer leaves `#`, `1.` and the bars of tables as they are.
 */
import type { JSONContent } from '@tiptap/core'
import { type BlockChange, changeOf, gridOf, type Paper, type Piece, piecesOf, unchanged } from './paper.ts'

const escaped = (text: string) =>
  text
    .replace(/[\\`*_[\]~|]/g, '\\$&')
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replace(/</g, '&lt;')
    .replaceAll('++', '\\+\\+')

/** What would begin a block, at the beginning of a line. */
const begun = (line: string) =>
  line
    .replace(/^(\s*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|=+\s*$|-{2,})/, (_, space: string, sign: string) => `${space}\\${sign}`)
    .replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    // four spaces would be code
    .replace(/^[ \t]+/, '')

const fence = (text: string, least: number) =>
  '`'.repeat(Math.max(least, 1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))))

function codeOf(text: string): string {
  const ticks = fence(text, 1)
  const space = /^`|`$|^ .* $/.test(text) ? ' ' : ''
  return `${ticks}${space}${text}${space}${ticks}`
}

/** Marks stand close to the words, else they are no marks; so spaces go outside. */
function marked(inner: string, mark: string): string {
  const [, before = '', words = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(inner) ?? []
  return words ? `${before}${mark}${words}${mark}${after}` : inner
}

function wordsOf(pieces: Piece[], { oneLine = false } = {}): string {
  const text = pieces
    .map((piece) => {
      if (piece.text === '\n') return oneLine ? '<br>' : '\\\n'
      let inner = piece.code ? codeOf(oneLine ? piece.text.replaceAll('|', '\\|') : piece.text) : escaped(piece.text)
      if (piece.strike) inner = marked(inner, '~~')
      if (piece.italic) inner = marked(inner, '*')
      if (piece.bold) inner = marked(inner, '**')
      if (piece.underline) inner = `<u>${inner}</u>`
      if (piece.link) inner = `[${inner}](<${piece.link.replace(/[<>\\|]/g, encodeURIComponent)}>)`
      if (piece.inserted) inner = `<ins>${inner}</ins>`
      if (piece.deleted) inner = `<del>${inner}</del>`
      return inner
    })
    .join('')
  return text.split('\n').map(begun).join('\n')
}

const indented = (text: string, by: string) => text.replace(/\n(?=[^\n])/g, `\n${by}`)

function blocksOf(parts: JSONContent[] | undefined, paper: Paper, around: BlockChange): string {
  const list = (part: JSONContent | undefined) => (part?.type === 'bulletList' || part?.type === 'orderedList' ? part.type : undefined)
  return (parts ?? [])
    .map((part, place) => {
      const text = blockOf(part, paper, changeOf(part, paper, around))
      // two lists of a kind that touch would be one
      const touches = place > 0 && list(part) !== undefined && list(part) === list(parts?.[place - 1])
      return touches ? `<!-- -->\n\n${text}` : text
    })
    .join('\n\n')
}

function blockOf(part: JSONContent, paper: Paper, change: BlockChange): string {
  const pieces = () => piecesOf(part, paper, change)
  switch (part.type) {
    case 'heading':
      return `${'#'.repeat(Number(part.attrs?.level))} ${wordsOf(pieces()).replaceAll('\\\n', ' ')}`
    case 'codeBlock': {
      const text = pieces()
        .map((piece) => piece.text)
        .join('')
      const ticks = fence(text, 3)
      return `${ticks}${String(part.attrs?.language ?? '')}\n${text}\n${ticks}`
    }
    case 'horizontalRule':
      return '---'
    case 'blockquote':
      return blocksOf(part.content, paper, change).replace(/^/gm, '> ').replace(/^> $/gm, '>')
    case 'bulletList':
    case 'orderedList': {
      const start = Number(part.attrs?.start ?? 1)
      return (part.content ?? [])
        .map((item, place) => {
          const sign = part.type === 'bulletList' ? '- ' : `${start + place}. `
          return sign + indented(blocksOf(item.content, paper, changeOf(item, paper, change)), ' '.repeat(sign.length))
        })
        .join('\n')
    }
    case 'table':
      return tableOf(part, paper, change)
    default:
      return wordsOf(pieces())
  }
}

/** A Markdown table has one row of heads and no spans: what spans stands in its first place. */
function tableOf(part: JSONContent, paper: Paper, around: BlockChange): string {
  const { rows, columns } = gridOf(part)
  const lines = rows.map(({ block, cells }) => {
    const change = changeOf(block, paper, around)
    const texts = Array.from({ length: columns }, () => '')
    for (const { block: cell, column } of cells)
      texts[column] = leavesOf(cell)
        .map((leaf) => wordsOf(piecesOf(leaf, paper, change), { oneLine: true }))
        .join('<br>')
    return `| ${texts.join(' | ')} |`
  })
  return [lines[0] ?? '|  |', `|${' --- |'.repeat(columns)}`, ...lines.slice(1)].join('\n')
}

/** The blocks with words in them, below a cell. */
const leavesOf = (part: JSONContent): JSONContent[] =>
  ['paragraph', 'heading', 'codeBlock'].includes(part.type ?? '') ? [part] : (part.content ?? []).flatMap(leavesOf)

/** @returns the text of an `.md` */
export function markdownOf(paper: Paper): string {
  return `${blocksOf(paper.content.content, paper, unchanged)}\n`
}
