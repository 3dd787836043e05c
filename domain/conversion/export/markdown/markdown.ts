/**
 * Renders an export as Markdown (CommonMark, with GitHub's tables, task lists and strikethrough). Every special character is escaped, so that
 * text stays text: the editor's own writer leaves `#`, `1.` and table bars as they are.
 */
import type { JSONContent } from '@tiptap/core'
import { isRightToLeft } from '../direction.ts'
import {
  type BlockChange,
  readBlockChange,
  layOutTable,
  type ExportModel,
  readNumber,
  readPieces,
  type TextPiece,
  unchanged,
} from '../export-model.ts'
import { escapeHeadingEnd, escapeLine, escapeText, fence } from './escape.ts'
import { writeInline } from './inline.ts'

const listTypes = ['bulletList', 'orderedList', 'taskList']

const indent = (text: string, by: string) => text.replace(/\n(?=[^\n])/g, `\n${by}`)

function renderBlocks(parts: JSONContent[] | undefined, paper: ExportModel, around: BlockChange): string {
  const written: string[] = []
  let last: JSONContent | undefined
  let other = false
  for (const part of parts ?? []) {
    // adjacent lists with one kind of marker would become one list
    other = markerOf(last) !== undefined && markerOf(last) === markerOf(part) ? !other : false
    const text = renderBlock(part, paper, readBlockChange(part, paper, around), other)
    if (text === '') continue
    written.push(text)
    last = part
  }
  return written.join('\n\n')
}

const markerOf = (part: JSONContent | undefined) =>
  listTypes.includes(part?.type ?? '') ? (part?.type === 'orderedList' ? 'number' : 'bullet') : undefined

function renderBlock(part: JSONContent, paper: ExportModel, change: BlockChange, other: boolean): string {
  switch (part.type) {
    case 'heading': {
      const text = escapeHeadingEnd(renderText(part, paper, change, '<br>'))
      return direct(part, paper, `${'#'.repeat(Number(part.attrs?.level))} ${text}`.trimEnd())
    }
    case 'codeBlock': {
      const text = readPieces(part, paper, change)
        .map((piece) => piece.text)
        .join('')
      const ticks = fence(text, 3)
      return `${ticks}${String(part.attrs?.language ?? '')}\n${text}\n${ticks}`
    }
    case 'horizontalRule':
      return '---'
    case 'blockquote':
      return (renderBlocks(part.content, paper, change) || '\n').replace(/^/gm, '> ').replace(/^> $/gm, '>')
    case 'bulletList':
    case 'orderedList':
    case 'taskList':
      return renderList(part, paper, change, other)
    case 'table':
      return renderTable(part, paper, change)
    default:
      return direct(part, paper, renderText(part, paper, change, '\\\n'))
  }
}

function renderList(part: JSONContent, paper: ExportModel, change: BlockChange, other: boolean): string {
  const start = Number(part.attrs?.start ?? 1)
  return (part.content ?? [])
    .map((item, place) => {
      const sign = part.type === 'orderedList' ? `${start + place}${other ? ')' : '.'} ` : other ? '* ' : '- '
      const text = renderBlocks(item.content, paper, readBlockChange(item, paper, change))
      // a list on the line of its marker could be a thematic break
      const isEmpty = !item.content?.[0]?.content?.length
      const box = part.type === 'taskList' ? (item.attrs?.checked ? '[x] ' : '[ ] ') : ''
      const inner = isEmpty && text !== '' && box === '' ? `\n${text}` : box && isEmpty ? `${box}&#32;\n\n${text}` : box + text
      return (sign + indent(inner, ' '.repeat(sign.length))).replace(/\s+$/, '').replace(/^ +\n/, '\n')
    })
    .join('\n')
}

/** The number and the text of a paragraph or heading. */
function renderText(part: JSONContent, paper: ExportModel, change: BlockChange, lineBreak: string, cell = false): string {
  const pieces: TextPiece[] = readPieces(part, paper, change)
  const label = readNumber(part)?.label
  const text = writeInline(pieces, { lineBreak, cell })
  if (!label) return text
  return `${escapeLine(escapeText(label))} ${text}`.replace(/^(\d{1,9})([.)]) /, '$1\\$2 ')
}

/** A paragraph whose author set its direction against its first letter is in an element that says so. */
function direct(part: JSONContent, paper: ExportModel, written: string): string {
  const dir: unknown = part.attrs?.dir
  if (dir !== 'rtl' && dir !== 'ltr') return written
  const text = readPieces(part, paper, unchanged)
    .map((piece) => piece.text)
    .join('')
  if (isRightToLeft({ attrs: {} }, text) === (dir === 'rtl')) return written
  return `<div dir="${dir}">\n\n${written}\n\n</div>`
}

/** A Markdown table has one header row and no spans: a spanning cell is in its first column. */
function renderTable(part: JSONContent, paper: ExportModel, around: BlockChange): string {
  const { rows, columns } = layOutTable(part)
  const lines = rows.map(({ block, cells }) => {
    const change = readBlockChange(block, paper, around)
    const texts = Array.from({ length: columns }, () => '')
    for (const { block: cell, column } of cells)
      texts[column] = renderCell(cell.content, paper, readBlockChange(cell, paper, change)).join('<br>')
    return `| ${texts.join(' | ')} |`
  })
  return [lines[0] ?? '|  |', `|${' --- |'.repeat(columns)}`, ...lines.slice(1)].join('\n')
}

/** The lines of a cell. Lists in it are written with their markers, since a cell holds only text. */
function renderCell(parts: JSONContent[] | undefined, paper: ExportModel, change: BlockChange): string[] {
  return (parts ?? []).flatMap((part): string[] => {
    if (['paragraph', 'heading', 'codeBlock'].includes(part.type ?? '')) return [renderText(part, paper, change, '<br>', true)]
    if (!listTypes.includes(part.type ?? '')) return renderCell(part.content, paper, change)
    return (part.content ?? []).flatMap((item, place) => {
      const [first = '', ...rest] = renderCell(item.content, paper, change)
      const marker =
        part.type === 'orderedList'
          ? `${Number(part.attrs?.start ?? 1) + place}.`
          : item.attrs?.checked
            ? '☑'
            : item.type === 'taskItem'
              ? '☐'
              : '•'
      return [`${marker} ${first}`, ...rest]
    })
  })
}

/** @returns the text of an `.md` */
export function renderMarkdown(paper: ExportModel): string {
  return `${renderBlocks(paper.content.content, paper, unchanged)}\n`
}
