import { describe, expect, test } from 'vitest'
import { isMarkdown, renderMarkdown } from '../../web/features/editor/paste/markdown.ts'
import { setUpEditors } from '../support/editor-setup.ts'

const open = setUpEditors()

/** What an editor makes of HTML from the clipboard: its blocks, each with its type. */
function readPasted(html: string): string[] {
  const { editor } = open('Ann')
  editor.view.pasteHTML(html)
  const lines: string[] = []
  editor.state.doc.descendants((node, pos) => {
    if (!node.isTextblock) return
    const $pos = editor.state.doc.resolve(pos)
    const parents = Array.from({ length: $pos.depth }, (_, depth) => $pos.node(depth + 1))
    const path = parents.map(({ type, attrs }) => {
      if (type.name === 'taskItem') return attrs['checked'] ? '[x]' : '[ ]'
      if (type.name === 'orderedList') return attrs['start'] === 1 ? 'ol' : `ol${attrs['start']}`
      return { bulletList: 'ul', tableHeader: 'th', tableCell: 'td' }[type.name] ?? ''
    })
    const own = node.type.name === 'heading' ? `h${node.attrs['level']}` : ''
    const number = node.attrs['listStyle'] ? `${node.attrs['listStyle']}:${node.attrs['listLevel'] ?? 0}` : ''
    let text = ''
    node.forEach((child) => {
      const marks = child.marks.map(({ type }) => type.name).join(',')
      text += marks ? `${marks}(${child.text})` : (child.text ?? '')
    })
    lines.push([...path, own, number, text].filter(Boolean).join(' '))
  })
  return lines
}

const wordPage = (body: string) =>
  `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word 15"><style>p.MsoNormal {margin:0}</style></head><body lang=EN-US style='tab-interval:36.0pt'><!--StartFragment-->${body}<!--EndFragment--></body></html>`
const wordItem = (level: number, marker: string, text: string, list = 'l0', tag = 'p class=MsoListParagraphCxSpMiddle') =>
  `<${tag} style='margin-left:${36 * level}.0pt;text-indent:-18.0pt;mso-list:${list} level${level} lfo1'><![if !supportLists]><span style='font-family:Symbol;mso-fareast-font-family:Symbol'><span style='mso-list:Ignore'>${marker}<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;&nbsp; </span></span></span><![endif]>${text}<o:p></o:p></${tag.split(' ')[0]}>`

describe('text pasted from Word', () => {
  test('has its lists with their levels, and no blank paragraphs or markers', () => {
    const html = wordPage(
      `<p class=MsoNormal>Before<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>${wordItem(1, '·', 'one')}${wordItem(2, 'o', 'deeper')}${wordItem(1, '·', 'two')}<p class=MsoNormal>Between</p>${wordItem(1, '3.', 'three', 'l1')}${wordItem(2, 'a)', 'letter', 'l1')}`,
    )
    expect(readPasted(html)).toEqual(['Before', 'ul one', 'ul ul deeper', 'ul two', 'Between', 'ol3 three', 'ol3 ol letter'])
  })

  test('has its headings by style and by outline level', () => {
    const html = wordPage(
      `<p class=MsoTitle>Agreement</p><h2>Terms</h2><p class=MsoHeading4>Small</p><p class=MsoNormal style='mso-outline-level:3'>Outlined</p><p class=MsoNormal>Text</p>`,
    )
    expect(readPasted(html)).toEqual(['h1 Agreement', 'h2 Terms', 'h4 Small', 'h3 Outlined', 'Text'])
  })

  test('has its clauses numbered', () => {
    const html = wordPage(
      `${wordItem(1, '1.', 'Terms', 'l2', 'h1')}${wordItem(2, '1.1', 'The buyer pays.', 'l2')}${wordItem(3, '(a)', 'at once', 'l2')}`,
    )
    expect(readPasted(html)).toEqual(['h1 clauses:0 Terms', 'clauses:1 The buyer pays.', 'clauses:2 at once'])
  })

  test('has its check boxes, raised text and tables', () => {
    const html = wordPage(
      `<p class=MsoNormal><span style='font-family:"MS Gothic"'>☐</span> Filed</p><p class=MsoNormal><span style='font-family:"MS Gothic"'>☒</span> Signed</p><p class=MsoNormal>10<sup>6</sup> and H<sub>2</sub>O</p><table class=MsoTableGrid border=1><tr><td width=200><p class=MsoNormal>Name<o:p></o:p></p></td><td><p class=MsoNormal>Share</p></td></tr></table>`,
    )
    expect(readPasted(html)).toEqual(['[ ] Filed', '[x] Signed', '10superscript(6) and Hsubscript(2)O', 'td Name', 'td Share'])
  })

  test('has no hidden text and no comments', () => {
    const html = wordPage(
      `<p class=MsoNormal>Shown<span style='display:none;mso-hide:all'> secret</span></p><div style='mso-element:comment-list'><div style='mso-element:comment'><p class=MsoCommentText>Check this</p></div></div>`,
    )
    expect(readPasted(html)).toEqual(['Shown'])
  })
})

test('text pasted from Google Docs has headings, nested lists, task lists and raised text, and is not bold as a whole', () => {
  const span = (text: string, style = '') => `<span style="font-size:11pt;font-weight:400;vertical-align:baseline;${style}">${text}</span>`
  const task = (text: string, checked: boolean) =>
    `<li dir="ltr" role="checkbox" aria-checked="${checked}" style="list-style-type:none" aria-level="1"><img src="data:image/png;base64,x" alt="unchecked"/><p dir="ltr" role="presentation">${span(text)}</p></li>`
  const html = `<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h2 dir="ltr">${span('Terms')}</h2><p dir="ltr">${span('10')}<span style="font-size:0.6em;vertical-align:super;">6</span>${span(' bold', 'font-weight:700;')}</p><ul><li dir="ltr"><p dir="ltr">${span('one')}</p></li><ul><li dir="ltr"><p dir="ltr">${span('deeper')}</p></li></ul></ul><ul>${task('open', false)}${task('done', true)}</ul></b>`
  expect(readPasted(html)).toEqual(['h2 Terms', '10superscript(6)bold( bold)', 'ul one', 'ul ul deeper', '[ ] open', '[x] done'])
})

test('text pasted from LibreOffice has its lists, tables and formats', () => {
  const html = `<!DOCTYPE html><html><head><meta name="generator" content="LibreOffice 7.4 (Linux)"/><style type="text/css">p { margin-bottom: 0.1in }</style></head><body lang="en-US"><h1 class="western">Terms</h1><p class="western" style="line-height: 115%"><b>Bold</b> 10<sup>6</sup></p><ol><li><p>one</p><ol><li><p>deeper</p></li></ol></li></ol><table><tr><th><p>Name</p></th><td><p>Ada</p></td></tr></table></body></html>`
  expect(readPasted(html)).toEqual(['h1 Terms', 'bold(Bold) 10superscript(6)', 'ol one', 'ol ol deeper', 'th Name', 'td Ada'])
})

describe('Markdown pasted as plain text', () => {
  test('is recognized only where it clearly is Markdown', () => {
    for (const text of ['# Title\n\ntext', '- [ ] task', '- one\n- two', '| a | b |\n|---|---|\n| 1 | 2 |', '```\ncode\n```'])
      expect(isMarkdown(text), text).toBe(true)
    for (const text of [
      '# 5 only',
      'a - b\nc',
      '1. Terms\n2. Law',
      'Some *words* here\nand there',
      '- a single dash\nand text',
      '#hash\ntag',
    ])
      expect(isMarkdown(text), text).toBe(false)
  })

  test('becomes headings, lists, task lists and tables, and HTML in it stays text', async () => {
    const html = await renderMarkdown('## Title\n\n- one\n- two\n\n- [x] done\n- [ ] open\n\n| a | b |\n|---|---|\n| **1** | <b>2</b> |\n')
    expect(readPasted(html).slice(0, 3)).toEqual(['h2 Title', 'ul one', 'ul two'].slice(0, 3))
    const tasks = readPasted(await renderMarkdown('- [x] done\n- [ ] open'))
    expect(tasks).toEqual(['[x] done', '[ ] open'])
    const table = readPasted(await renderMarkdown('| a | b |\n|---|---|\n| **1** | <b>2</b> |'))
    expect(table).toEqual(['th a', 'th b', 'td bold(1)', 'td <b>2</b>'])
  })
})
