/** HTML that is escaped by construction: what is put into a template is text, unless it is such HTML itself. */

/** A piece of HTML. Made by `html` alone. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Markup | readonly Markup[]

const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => signs[sign] as string)

const written = (part: Part): string => {
  if (part instanceof Markup) return part.text
  if (Array.isArray(part)) return part.map(({ text }: Markup) => text).join('')
  return escape(String(part))
}

/** A template of HTML: `` html`<b>${name}</b>` ``. Attributes stand in double quotes; addresses in them are checked by who puts them there. */
export const html = (pieces: TemplateStringsArray, ...parts: Part[]): Markup =>
  new Markup(pieces.reduce((before, piece, place) => before + written(parts[place - 1] as Part) + piece))
