/** Renders an export as one page of HTML: no script, nothing external, and a policy that enforces it. */
import type { JSONContent } from '@tiptap/core'
import { isListStyleId } from '../../documents/richtext/list-styles.ts'
import { isRightToLeft } from './direction.ts'
import {
  type BlockChange,
  type Change,
  readBlockChange,
  layOutTable,
  type ExportModel,
  type TextPiece,
  readNumber,
  readPieces,
  unchanged,
} from './export-model.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] as string)

const style = `body{margin:3rem auto;max-width:44rem;padding:0 1.25rem;font:1rem/1.6 system-ui,sans-serif;color:#1a1b1e;background:#fff;overflow-wrap:break-word}
h1,h2,h3,h4,h5,h6{line-height:1.25;margin:1.6em 0 .5em}h1{font-size:1.8rem}h2{font-size:1.4rem}h3{font-size:1.15rem}h4,h5,h6{font-size:1rem}h6{color:#495057}
li>p{margin:.2em 0}sup,sub{line-height:0}
.tasks{list-style:none}.tasks>li>input{float:inline-start;margin:.4em 0 0;margin-inline-start:-1.6em}
blockquote{margin:1em 0;padding-inline-start:1rem;border-inline-start:3px solid #ced4da;color:#495057}
code,pre{font-family:ui-monospace,monospace;font-size:.9em;background:#f1f3f5;border-radius:4px}code{padding:.1em .3em}pre{padding:.8rem 1rem;white-space:pre-wrap}pre code{padding:0}
table{border-collapse:collapse;width:100%;margin:1em 0}th,td{border:1px solid #ced4da;padding:.4em .6em;text-align:start;vertical-align:top}th{background:#f1f3f5}th p,td p{margin:.15em 0}
hr{border:0;border-top:1px solid #ced4da;margin:2em 0}a{color:#1c6dd0}ins{color:#2b8a3e}del{color:#c92a2a}mark{background:#fff3bf}.formatted{text-decoration:underline dotted}`

const wrapChange = (tag: 'ins' | 'del', { author, at }: Change, inner: string) =>
  `<${tag} datetime="${escapeHtml(at)}" title="${escapeHtml(author)}">${inner}</${tag}>`

const toElementId = (bookmark: string) => `p-${escapeHtml(bookmark)}`

/** Keeps spaces that a browser would join or remove. */
function keepSpaces(html: string, before: string, after: string): string {
  const edges = [...(/(^|\s)$/.test(before) ? ['^ '] : []), ...(/^(\n|$)/.test(after) ? [' $'] : [])]
  return html.replace(
    new RegExp(['[ \\t]{2,}', '\\t', ...edges].join('|'), 'g'),
    (spaces) => `<span style="white-space:pre">${spaces}</span>`,
  )
}

function renderPieces(pieces: TextPiece[], code = false): string {
  return pieces
    .map((piece, place) => {
      const around = [pieces[place - 1]?.text ?? '', pieces[place + 1]?.text ?? ''] as const
      let inner = piece.text === '\n' ? '<br>' : code ? escapeHtml(piece.text) : keepSpaces(escapeHtml(piece.text), ...around)
      if (piece.missing) inner = `<mark>${inner}</mark>`
      if (piece.code && !code) inner = `<code>${inner}</code>`
      if (piece.superscript) inner = `<sup>${inner}</sup>`
      else if (piece.subscript) inner = `<sub>${inner}</sub>`
      if (piece.strike) inner = `<s>${inner}</s>`
      if (piece.underline) inner = `<u>${inner}</u>`
      if (piece.italic) inner = `<em>${inner}</em>`
      if (piece.bold) inner = `<strong>${inner}</strong>`
      if (piece.link) inner = `<a href="${escapeHtml(piece.link)}" rel="noopener noreferrer nofollow">${inner}</a>`
      if (piece.reference && !piece.link) inner = `<a href="#${toElementId(piece.reference.target)}">${inner}</a>`
      if (piece.formatted) inner = `<span class="formatted" title="${escapeHtml(piece.formatted.change.author)}">${inner}</span>`
      if (piece.inserted) inner = wrapChange('ins', piece.inserted, inner)
      if (piece.deleted) inner = wrapChange('del', piece.deleted, inner)
      return inner
    })
    .join('')
}

function renderBlocks(parts: JSONContent[] | undefined, paper: ExportModel, around: BlockChange): string {
  return (parts ?? []).map((part) => renderBlock(part, paper, readBlockChange(part, paper, around))).join('\n')
}

function renderBlock(part: JSONContent, paper: ExportModel, change: BlockChange): string {
  const inner = () => renderBlocks(part.content, paper, change)
  switch (part.type) {
    case 'heading':
      return renderTextBlock(`h${Number(part.attrs?.level)}`, part, paper, change)
    case 'codeBlock':
      return `<pre><code>${renderPieces(readPieces(part, paper, change), true).replaceAll('<br>', '\n')}</code></pre>`
    case 'horizontalRule':
      return '<hr>'
    case 'blockquote':
      return `<blockquote>\n${inner()}\n</blockquote>`
    case 'bulletList':
      return `<ul>\n${inner()}\n</ul>`
    case 'orderedList': {
      const start = Number(part.attrs?.start ?? 1)
      return `<ol${start === 1 ? '' : ` start="${start}"`}>\n${inner()}\n</ol>`
    }
    case 'taskList':
      return `<ul class="tasks">\n${inner()}\n</ul>`
    case 'listItem':
      return `<li>${inner()}</li>`
    case 'taskItem':
      return `<li><input type="checkbox" disabled${part.attrs?.checked ? ' checked' : ''}>${inner()}</li>`
    case 'table':
      return `<table>\n${layOutTable(part)
        .rows.map(({ block, cells }) => {
          const row = readBlockChange(block, paper, change)
          return `<tr>${cells
            .map(({ block: cell, head, columns, rows }) => {
              const spans = `${columns > 1 ? ` colspan="${columns}"` : ''}${rows > 1 ? ` rowspan="${rows}"` : ''}`
              const tag = head ? 'th' : 'td'
              return `<${tag}${spans}>${renderBlocks(cell.content, paper, readBlockChange(cell, paper, row))}</${tag}>`
            })
            .join('')}</tr>`
        })
        .join('\n')}\n</table>`
    default:
      return renderTextBlock('p', part, paper, change)
  }
}

/** A paragraph or heading with its number, direction and bookmark. */
function renderTextBlock(tag: string, part: JSONContent, paper: ExportModel, change: BlockChange): string {
  const pieces = readPieces(part, paper, change)
  const dir: unknown = part.attrs?.dir
  const isFromRight = isRightToLeft(part, pieces.map(({ text }) => text).join(''))
  const direction = typeof dir === 'string' ? ` dir="${escapeHtml(dir)}"` : isFromRight ? ' dir="auto"' : ''
  const id = isListStyleId(part.attrs?.bookmark) ? ` id="${toElementId(part.attrs.bookmark)}"` : ''
  const { label, indent: steps = 0 } = readNumber(part) ?? {}
  const indent = steps > 0 ? ` style="margin-inline-start:${steps * 2}em"` : ''
  return `<${tag}${id}${direction}${indent}>${label ? `<span class="number">${escapeHtml(label)}</span> ` : ''}${renderPieces(pieces)}</${tag}>`
}

/** @returns a complete page, UTF-8 */
export function renderHtml(paper: ExportModel): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(paper.title)}</title>
<style>${style}</style>
</head>
<body>
${renderBlocks(paper.content.content, paper, unchanged)}
</body>
</html>
`
}
