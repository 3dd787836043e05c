/**
 * Mail content: one notification or several, as plain text and as HTML that works in mail programs: tables, inline styles, no pictures, no
 * scripts.
 */
import { html, type Markup } from './html.ts'

/** One notification in a mail. */
export interface MailItem {
  title: string
  message: string
  /** An absolute URL; null: there is nothing to open. */
  link: string | null
  at: Date
}

export interface MailContent {
  items: readonly MailItem[]
  /** The public address of SmartStart. */
  publicUrl: string
  /** Why the mail is sent, as a sentence. */
  why: string
  /** The link to unsubscribe; null: that is not possible. */
  unsubscribe: { url: string; label: string } | null
}

export interface RenderedLetter {
  subject: string
  text: string
  html: string
}

/** Maximum length of a mail's subject, characters; mail programs truncate longer ones. */
const maxSubjectCharacters = 150

/** Renders a mail. @param items at least one, oldest first */
export function renderMail(options: MailContent): RenderedLetter {
  const { items } = options
  const [first] = items as [MailItem]
  const heading = items.length === 1 ? toOneLine(first.title) : `${items.length} notifications`
  const subject = items.length === 1 ? heading : `${heading}: ${toOneLine(first.title)}`
  return { subject: truncateSubject(subject), text: renderText(options, heading), html: renderPage(options, heading).text }
}

const toOneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
const truncateSubject = (text: string): string =>
  text.length <= maxSubjectCharacters ? text : `${text.slice(0, maxSubjectCharacters - 1).trimEnd()}…`

function renderText({ items, why, unsubscribe, publicUrl }: MailContent, heading: string): string {
  const told = items.map(({ title, message, link }) =>
    [items.length > 1 ? toOneLine(title) : '', message.trim(), link ?? ''].filter(Boolean).join('\n\n'),
  )
  const foot = [why, unsubscribe && `${unsubscribe.label}: ${unsubscribe.url}`, `SmartStart: ${publicUrl}`].filter(Boolean).join('\n')
  return `${heading}\n${'='.repeat(Math.min(heading.length, 72))}\n\n${told.join(`\n\n${'-'.repeat(40)}\n\n`)}\n\n-- \n${foot}\n`
}

const sans = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

/** Mail programs that support `prefers-color-scheme` use the dark colours; the others keep the inline styles. */
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

function renderPage(options: MailContent, heading: string): Markup {
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
<div style="display:none;max-height:0;overflow:hidden">${toOneLine((items[0] as MailItem).message)}</div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f4f2ec">
<tr><td class="gap" align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px">
<tr><td class="in ink" style="padding:0 32px 16px;font:600 17px/24px ${sans};color:#23211d">
<span style="display:inline-block;width:10px;height:10px;border-radius:3px;background-color:#d5863d"></span>&nbsp; SmartStart</td></tr>
<tr><td class="sheet" style="background-color:#ffffff;border:1px solid #dcd8cd;border-radius:12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">
<tr><td class="in ink" style="padding:28px 32px 0"><h1 class="ink" style="margin:0;font:650 22px/30px ${sans};color:#23211d;overflow-wrap:anywhere">${heading}</h1></td></tr>
${items.length === 1 ? renderSingle(items[0] as MailItem) : items.map(renderSeveral)}
<tr><td style="height:28px;line-height:28px;font-size:0">&nbsp;</td></tr>
</table>
</td></tr>
<tr><td class="in faint" style="padding:20px 32px 0;font:400 13px/20px ${sans};color:#55514a">${why}${renderFooter(unsubscribe)}<br>
<a class="faint" href="${publicUrl}" style="color:#55514a">${publicUrl.replace(/^https?:\/\//, '')}</a></td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`
}

const renderFooter = (unsubscribe: MailContent['unsubscribe']): Markup =>
  unsubscribe ? html` <a class="faint" href="${unsubscribe.url}" style="color:#55514a">${unsubscribe.label}</a>.` : html``

/** The lines of a text as HTML. */
const renderLines = (text: string): Markup[] =>
  text
    .trim()
    .split('\n')
    .map((line, place) => (place > 0 ? html`<br>${line}` : html`${line}`))

const renderMessage = (message: string): Markup =>
  message.trim()
    ? html`<p class="body" style="margin:12px 0 0;font:400 16px/25px ${sans};color:#393631;overflow-wrap:anywhere">${renderLines(message)}</p>`
    : html``

const renderSingle = ({ message, link }: MailItem): Markup =>
  html`<tr><td class="in" style="padding:0 32px">${renderMessage(message)}${
    link
      ? html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin-top:24px"><tr><td class="go" style="background-color:#235c47;border-radius:8px">
<a class="go" href="${link}" style="display:inline-block;padding:12px 22px;font:600 16px/22px ${sans};color:#ffffff;text-decoration:none;background-color:#235c47;border-radius:8px">Open in SmartStart</a>
</td></tr></table>`
      : html``
  }</td></tr>`

const renderSeveral = ({ title, message, link, at }: MailItem): Markup => html`<tr><td class="in" style="padding:20px 32px 0">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="rule" style="border-top:1px solid #eae7df;padding-top:18px">
<h2 class="ink" style="margin:0;font:600 16px/23px ${sans};color:#23211d;overflow-wrap:anywhere">${
  link ? html`<a class="link" href="${link}" style="color:#235c47;text-decoration:none">${toOneLine(title)}</a>` : toOneLine(title)
}</h2>
${renderMessage(message)}
<p class="faint" style="margin:8px 0 0;font:400 13px/20px ${sans};color:#6b675f">${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</p>
</td></tr></table></td></tr>`
