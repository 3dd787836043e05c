/** Renders an export as one page of HTML: no script, nothing external, and a policy that enforces it. */
import type { JSONContent } from '@tiptap/core'
import {
  type BlockChange,
  type Change,
  readBlockChange,
  layOutTable,
  type ExportModel,
  type TextPiece,
  readPieces,
  unchanged,
} from './export-model.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] as string)

const style = `body{margin:3rem auto;max-width:44rem;padding:0 1.25rem;font:1rem/1.6 system-ui,sans-serif;color:#1a1b1e;background:#fff;overflow-wrap:break-word}
h1,h2,h3{line-height:1.25;margin:1.6em 0 .5em}h1{font-size:1.8rem}h2{font-size:1.4rem}h3{font-size:1.15rem}
li>p{margin:.2em 0}blockquote{margin:1em 0;padding-left:1rem;border-left:3px solid #ced4da;color:#495057}
code,pre{font-family:ui-monospace,monospace;font-size:.9em;background:#f1f3f5;border-radius:4px}code{padding:.1em .3em}pre{padding:.8rem 1rem;white-space:pre-wrap}pre code{padding:0}
table{border-collapse:collapse;width:100%;margin:1em 0}th,td{border:1px solid #ced4da;padding:.4em .6em;text-align:left;vertical-align:top}th{background:#f1f3f5}th p,td p{margin:.15em 0}
hr{border:0;border-top:1px solid #ced4da;margin:2em 0}a{color:#1c6dd0}ins{color:#2b8a3e}del{color:#c92a2a}mark{background:#fff3bf}`

const wrapChange = (tag: 'ins' | 'del', { author, at }: Change, inner: string) =>
  `<${tag} datetime="${escapeHtml(at)}" title="${escapeHtml(author)}">${inner}</${tag}>`

function renderPieces(pieces: TextPiece[]): string {
  return pieces
    .map((piece) => {
      let inner = piece.text === '\n' ? '<br>' : escapeHtml(piece.text)
      if (piece.missing) inner = `<mark>${inner}</mark>`
      if (piece.code) inner = `<code>${inner}</code>`
      if (piece.strike) inner = `<s>${inner}</s>`
      if (piece.underline) inner = `<u>${inner}</u>`
      if (piece.italic) inner = `<em>${inner}</em>`
      if (piece.bold) inner = `<strong>${inner}</strong>`
      if (piece.link) inner = `<a href="${escapeHtml(piece.link)}" rel="noopener noreferrer nofollow">${inner}</a>`
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
  const words = () => renderPieces(readPieces(part, paper, change))
  switch (part.type) {
    case 'heading':
      return `<h${Number(part.attrs?.level)}>${words()}</h${Number(part.attrs?.level)}>`
    case 'codeBlock':
      return `<pre><code>${words().replaceAll('<br>', '\n')}</code></pre>`
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
    case 'listItem':
      return `<li>${inner()}</li>`
    case 'table':
      return `<table>\n${layOutTable(part)
        .rows.map(({ block, cells }) => {
          const row = readBlockChange(block, paper, change)
          return `<tr>${cells
            .map(({ block: cell, head, columns, rows }) => {
              const spans = `${columns > 1 ? ` colspan="${columns}"` : ''}${rows > 1 ? ` rowspan="${rows}"` : ''}`
              const tag = head ? 'th' : 'td'
              return `<${tag}${spans}>${renderBlocks(cell.content, paper, row)}</${tag}>`
            })
            .join('')}</tr>`
        })
        .join('\n')}\n</table>`
    default:
      return `<p>${words()}</p>`
  }
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
