/** What a mail says: one notification or several, as plain text and as HTML that holds in mail programs: tables, inline styles, no pictures, no scripts. */
import { html, type Markup } from './markup.ts'

/** One thing that a mail tells. */
export interface Item {
  title: string
  message: string
  /** A whole address; null: there is nothing to open. */
  link: string | null
  at: Date
}

export interface LetterOptions {
  items: readonly Item[]
  /** Where SmartStart is found. */
  publicUrl: string
  /** Why it came, as a sentence. */
  why: string
  /** Where it is stopped, for people; null: it cannot be. */
  unsubscribe: { url: string; label: string } | null
}

export interface Letter {
  subject: string
  text: string
  html: string
}

/** Signs of a subject; longer ones are cut by mail programs anyway. */
const longestSubject = 150

/** Writes a mail. @param items at least one, oldest first */
export function letterOf(options: LetterOptions): Letter {
  const { items } = options
  const [first] = items as [Item]
  const heading = items.length === 1 ? oneLine(first.title) : `${items.length} notifications`
  const subject = items.length === 1 ? heading : `${heading}: ${oneLine(first.title)}`
  return { subject: cut(subject), text: textOf(options, heading), html: page(options, heading).text }
}

const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
const cut = (text: string): string => (text.length <= longestSubject ? text : `${text.slice(0, longestSubject - 1).trimEnd()}…`)

function textOf({ items, why, unsubscribe, publicUrl }: LetterOptions, heading: string): string {
  const told = items.map(({ title, message, link }) =>
    [items.length > 1 ? oneLine(title) : '', message.trim(), link ?? ''].filter(Boolean).join('\n\n'),
  )
  const foot = [why, unsubscribe && `${unsubscribe.label}: ${unsubscribe.url}`, `SmartStart: ${publicUrl}`].filter(Boolean).join('\n')
  return `${heading}\n${'='.repeat(Math.min(heading.length, 72))}\n\n${told.join(`\n\n${'-'.repeat(40)}\n\n`)}\n\n-- \n${foot}\n`
}

const sans = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

/** Mail programs that know `prefers-color-scheme` have the dark page; the others keep what stands in the elements. */
const style = html`<style>
  :root { color-scheme: light dark; supported-color-schemes: light dark; }
  @media (max-width: 480px) { .sheet { border-radius: 0 !important; border-left: 0 !important; border-right: 0 !important; } .in { padding-left: 20px !important; padding-right: 20px !important; } .gap { padding-left: 0 !important; padding-right: 0 !important; } }
  @media (prefers-color-scheme: dark) {
    .page { background-color: #171614 !important; }
    .sheet { background-color: #242320 !important; border-color: #3b3833 !important; }
    .ink { color: #f4f2ec !important; }
    .body { color: #dad7cf !important; }
    .faint, .faint a { color: #bab6ad !important; }
    .rule { border-color: #3b3833 !important; }
    .go, .go a { background-color: #8cbfa6 !important; color: #10231b !important; }
    .link { color: #8cbfa6 !important; }
  }
</style>`

function page(options: LetterOptions, heading: string): Markup {
  const { items, why, unsubscribe, publicUrl } = options
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${heading}</title>
${style}
</head>
<body class="page" style="margin:0;padding:0;background-color:#f4f2ec;-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden">${oneLine((items[0] as Item).message)}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f4f2ec">
<tr><td class="gap" align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
<tr><td class="in ink" style="padding:0 32px 16px;font:600 17px/24px ${sans};color:#23211d">
<span style="display:inline-block;width:10px;height:10px;border-radius:3px;background-color:#d5863d"></span>&nbsp; SmartStart</td></tr>
<tr><td class="sheet" style="background-color:#ffffff;border:1px solid #dcd8cd;border-radius:12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td class="in ink" style="padding:28px 32px 0"><h1 class="ink" style="margin:0;font:650 22px/30px ${sans};color:#23211d;overflow-wrap:anywhere">${heading}</h1></td></tr>
${items.length === 1 ? single(items[0] as Item) : items.map(several)}
<tr><td style="height:28px;line-height:28px;font-size:0">&nbsp;</td></tr>
</table>
</td></tr>
<tr><td class="in faint" style="padding:20px 32px 0;font:400 13px/20px ${sans};color:#55514a">${why}${foot(unsubscribe)}<br>
<a class="faint" href="${publicUrl}" style="color:#55514a">${publicUrl.replace(/^https?:\/\//, '')}</a></td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`
}

const foot = (unsubscribe: LetterOptions['unsubscribe']): Markup =>
  unsubscribe ? html` <a class="faint" href="${unsubscribe.url}" style="color:#55514a">${unsubscribe.label}</a>.` : html``

/** Lines of somebody's text, as lines. */
const lines = (text: string): Markup[] =>
  text
    .trim()
    .split('\n')
    .map((line, place) => (place > 0 ? html`<br>${line}` : html`${line}`))

const said = (message: string): Markup =>
  message.trim()
    ? html`<p class="body" style="margin:12px 0 0;font:400 16px/25px ${sans};color:#393631;overflow-wrap:anywhere">${lines(message)}</p>`
    : html``

const single = ({ message, link }: Item): Markup =>
  html`<tr><td class="in" style="padding:0 32px">${said(message)}${
    link
      ? html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin-top:24px"><tr><td class="go" style="background-color:#235c47;border-radius:8px">
<a class="go" href="${link}" style="display:inline-block;padding:12px 22px;font:600 16px/22px ${sans};color:#ffffff;text-decoration:none;background-color:#235c47;border-radius:8px">Open in SmartStart</a>
</td></tr></table>`
      : html``
  }</td></tr>`

const several = ({ title, message, link, at }: Item): Markup => html`<tr><td class="in" style="padding:20px 32px 0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="rule" style="border-top:1px solid #eae7df;padding-top:18px">
<h2 class="ink" style="margin:0;font:600 16px/23px ${sans};color:#23211d;overflow-wrap:anywhere">${
  link ? html`<a class="link" href="${link}" style="color:#235c47;text-decoration:none">${oneLine(title)}</a>` : oneLine(title)
}</h2>
${said(message)}
<p class="faint" style="margin:8px 0 0;font:400 13px/20px ${sans};color:#6b675f">${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</p>
</td></tr></table></td></tr>`
