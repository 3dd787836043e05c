/** Escapes text for Markdown, so that every reader (CommonMark, GitHub's) shows it as it is. */

/** Escapes what is markup anywhere in a line. A `_` between letters is none. */
export const escapeText = (text: string): string =>
  text
    .replace(/[\\`*[\]~|]/g, '\\$&')
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replace(/</g, '&lt;')
    .replaceAll('++', '\\+\\+')
    // an exclamation mark before a link would make it a picture
    .replace(/!$/, '\\!')
    // addresses in plain text are no links, so readers do not make them into some
    .replace(/(https?|ftp|mailto|xmpp):/gi, '$1\\:')
    .replace(/www\./gi, (www) => `${www.slice(0, -1)}\\.`)
    .replace(/(?<=[\w.+-])@(?=\w)/g, '\\@')

const toEntities = (text: string) => text.replace(/[\s\S]/gu, (character) => `&#${character.codePointAt(0)};`)

/** Escapes characters that would start a block at the beginning of a line, and space at the edges of the line. */
export const escapeLine = (line: string): string =>
  line
    .replace(/^(#{1,6}(?=\s|$)|>|[-+=])/, '\\$1')
    .replace(/^:(?=-+:?\s*$)/, '\\:')
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    // readers remove it
    .replace(/^\s+/, toEntities)
    .replace(/\s+$/, toEntities)

/** Escapes a run of `#` at the end of a heading, which would close it. */
export const escapeHeadingEnd = (line: string): string => line.replace(/(^|\s)(#+)$/, '$1\\$2')

/** A run of backticks longer than those in a text. */
export function fence(text: string, least: number): string {
  let longest = 0
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return '`'.repeat(Math.max(least, longest + 1))
}

/** Writes text as a code span. */
export function writeCode(text: string): string {
  const ticks = fence(text, 1)
  const space = /^`|`$|^ [\s\S]*[^ ][\s\S]* $/.test(text) ? ' ' : ''
  return `${ticks}${space}${text}${space}${ticks}`
}

/** Writes the address of a link. */
export const writeAddress = (address: string): string => `<${address.replace(/[\\<>]/g, '\\$&').replace(/&(?=#?\w+;)/g, '&amp;')}>`
