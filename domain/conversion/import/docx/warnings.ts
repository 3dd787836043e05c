/** What an import could not keep, for the person who sent the file. */

/** Maximum warnings that are listed one by one. */
const maxWarnings = 50
/** Maximum characters of the text that shows where something was. */
const maxNearCharacters = 60

/** Shortens text for a message. */
export function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const characters = Array.from(line)
  return characters.length > maxNearCharacters ? `${characters.slice(0, maxNearCharacters).join('').trim()}…` : line
}

/** Collects warnings: each one once, and a count in place of too many. */
export class Warnings {
  readonly #messages = new Set<string>()

  add(message: string): void {
    this.#messages.add(message)
  }

  /** Adds what happened to something in a paragraph: `Picture left out in paragraph 3, near “Annex”.` */
  addInParagraph(what: string, paragraph: number, text: string): void {
    const near = excerpt(text)
    this.add(`${what} in paragraph ${paragraph}${near ? `, near “${near}”` : ''}.`)
  }

  list(): string[] {
    const all = [...this.#messages]
    if (all.length <= maxWarnings) return all
    return [...all.slice(0, maxWarnings), `And ${all.length - maxWarnings} more.`]
  }
}
