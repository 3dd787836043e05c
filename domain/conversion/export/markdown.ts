/**
 * Renders an export as Markdown (CommonMark, with GitHub's tables and strikethrough). Every special character is escaped, so that text
 * stays text: the editor's own writer leaves `#`, `1.` and table bars as they are.
 */
import type { JSONContent } from '@tiptap/core'
import { type BlockChange, readBlockChange, layOutTable, type ExportModel, type TextPiece, readPieces, unchanged } from './export-model.ts'

const escapeMarkdown = (text: string) =>
  text
    .replace(/[\\`*_[\]~|]/g, '\\$&')
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replace(/</g, '&lt;')
    .replaceAll('++', '\\+\\+')

/** Escapes characters that would start a block at the beginning of a line. */
const escapeLineStart = (line: string) =>
  line
    .replace(/^(\s*)(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|=+\s*$|-{2,})/, (_, space: string, sign: string) => `${space}\\${sign}`)
    .replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    // four spaces would be code
    .replace(/^[ \t]+/, '')

const fence = (text: string, least: number) =>
  '`'.repeat(Math.max(least, 1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))))

function renderCode(text: string): string {
  const ticks = fence(text, 1)
  const space = /^`|`$|^ .* $/.test(text) ? ' ' : ''
  return `${ticks}${space}${text}${space}${ticks}`
}

/** Puts a mark around text without its outer spaces: otherwise it is not a mark. */
function wrapWithMark(inner: string, mark: string): string {
  const [, before = '', words = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(inner) ?? []
  return words ? `${before}${mark}${words}${mark}${after}` : inner
}

function renderPieces(pieces: TextPiece[], { oneLine = false } = {}): string {
  const text = pieces
    .map((piece) => {
      if (piece.text === '\n') return oneLine ? '<br>' : '\\\n'
      let inner = piece.code ? renderCode(oneLine ? piece.text.replaceAll('|', '\\|') : piece.text) : escapeMarkdown(piece.text)
      if (piece.strike) inner = wrapWithMark(inner, '~~')
      if (piece.italic) inner = wrapWithMark(inner, '*')
      if (piece.bold) inner = wrapWithMark(inner, '**')
      if (piece.underline) inner = `<u>${inner}</u>`
      if (piece.link) inner = `[${inner}](<${piece.link.replace(/[<>\\|]/g, encodeURIComponent)}>)`
      if (piece.inserted) inner = `<ins>${inner}</ins>`
      if (piece.deleted) inner = `<del>${inner}</del>`
      return inner
    })
    .join('')
  return text.split('\n').map(escapeLineStart).join('\n')
}

const indent = (text: string, by: string) => text.replace(/\n(?=[^\n])/g, `\n${by}`)

function renderBlocks(parts: JSONContent[] | undefined, paper: ExportModel, around: BlockChange): string {
  const list = (part: JSONContent | undefined) => (part?.type === 'bulletList' || part?.type === 'orderedList' ? part.type : undefined)
  return (parts ?? [])
    .map((part, place) => {
      const text = renderBlock(part, paper, readBlockChange(part, paper, around))
      // adjacent lists of the same kind would become one
      const touches = place > 0 && list(part) !== undefined && list(part) === list(parts?.[place - 1])
      return touches ? `<!-- -->\n\n${text}` : text
    })
    .join('\n\n')
}

function renderBlock(part: JSONContent, paper: ExportModel, change: BlockChange): string {
  const pieces = () => readPieces(part, paper, change)
  switch (part.type) {
    case 'heading':
      return `${'#'.repeat(Number(part.attrs?.level))} ${renderPieces(pieces()).replaceAll('\\\n', ' ')}`
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
      return renderBlocks(part.content, paper, change).replace(/^/gm, '> ').replace(/^> $/gm, '>')
    case 'bulletList':
    case 'orderedList': {
      const start = Number(part.attrs?.start ?? 1)
      return (part.content ?? [])
        .map((item, place) => {
          const sign = part.type === 'bulletList' ? '- ' : `${start + place}. `
          return sign + indent(renderBlocks(item.content, paper, readBlockChange(item, paper, change)), ' '.repeat(sign.length))
        })
        .join('\n')
    }
    case 'table':
      return renderTable(part, paper, change)
    default:
      return renderPieces(pieces())
  }
}

/** A Markdown table has one header row and no spans: a spanning cell is in its first column. */
function renderTable(part: JSONContent, paper: ExportModel, around: BlockChange): string {
  const { rows, columns } = layOutTable(part)
  const lines = rows.map(({ block, cells }) => {
    const change = readBlockChange(block, paper, around)
    const texts = Array.from({ length: columns }, () => '')
    for (const { block: cell, column } of cells)
      texts[column] = findTextBlocks(cell)
        .map((leaf) => renderPieces(readPieces(leaf, paper, change), { oneLine: true }))
        .join('<br>')
    return `| ${texts.join(' | ')} |`
  })
  return [lines[0] ?? '|  |', `|${' --- |'.repeat(columns)}`, ...lines.slice(1)].join('\n')
}

/** The blocks with text below a cell. */
const findTextBlocks = (part: JSONContent): JSONContent[] =>
  ['paragraph', 'heading', 'codeBlock'].includes(part.type ?? '') ? [part] : (part.content ?? []).flatMap(findTextBlocks)

/** @returns the text of an `.md` */
export function renderMarkdown(paper: ExportModel): string {
  return `${renderBlocks(paper.content.content, paper, unchanged)}\n`
}
