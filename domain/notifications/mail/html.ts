/** HTML that is escaped by construction: values in a template are text, unless they are such HTML themselves. */

/** A piece of HTML. Only `html` creates it. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Markup | readonly Markup[]

const htmlEscapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => htmlEscapes[sign] as string)

const renderPart = (part: Part): string => {
  if (part instanceof Markup) return part.text
  if (Array.isArray(part)) return part.map(({ text }: Markup) => text).join('')
  return escape(String(part))
}

/** A template of HTML: `` html`<b>${name}</b>` ``. Attributes have double quotes; the caller checks URLs in them. */
export const html = (pieces: TemplateStringsArray, ...parts: Part[]): Markup =>
  new Markup(pieces.reduce((before, piece, place) => before + renderPart(parts[place - 1] as Part) + piece))
