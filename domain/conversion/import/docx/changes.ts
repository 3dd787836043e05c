/** Tracked changes (ECMA-376 17.13.5) as suggestions. Changes of one author that touch each other are one suggestion. */
import type { JSONContent } from '@tiptap/core'
import { newId } from '../../../kernel/entity.ts'
import type { XmlElement } from './package/xml.ts'

/** Maximum minutes between two changes of one author that touch each other and are one suggestion. */
const maxGapMs = 5 * 60_000
/** Maximum characters of an author's name. */
const maxNameCharacters = 100
const unknownAuthor = 'Unknown author'

/** The attributes that marks and blocks of a suggestion share. */
export interface ChangeAttributes {
  id: string
  author: string
  at: string
}

/** A tracked change around text that is being read. */
export interface OpenChange {
  kind: 'insertion' | 'deletion'
  attributes: ChangeAttributes
}

/** Who made an imported suggestion or comment, as the file says. */
export interface ImportedAuthor {
  name: string
  /** ISO 8601. */
  at: string
}

/** The author's name in an attribute. */
export function readAuthor(element: XmlElement): string {
  const name = (element.attributes['w:author'] ?? '').replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return Array.from(name).slice(0, maxNameCharacters).join('') || unknownAuthor
}

/** The date in an attribute; undefined where it is missing or none. */
export function readDate(element: XmlElement): string | undefined {
  const text = element.attributes['w:date'] ?? ''
  // a date without a zone is taken as UTC, so that it is the same on every server
  const time = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text)
  const year = new Date(time).getUTCFullYear()
  return Number.isNaN(time) || year < 1900 || year > 9999 ? undefined : new Date(time).toISOString()
}

interface Group {
  attributes: ChangeAttributes
  last: number
}

/** Gives tracked changes the ids of suggestions. */
export class ChangeTracker {
  /** The authors of suggestions, by their id. */
  readonly authors = new Map<string, ImportedAuthor>()
  readonly #userId: string
  readonly #now: string
  /** The suggestions that the next change may go on with, by author. */
  readonly #current = new Map<string, Group>()
  readonly #moves = new Map<string, ChangeAttributes>()
  /** The suggestion of the table row that is read: the changes in it belong to it. */
  row: string | undefined

  /**
   * @param userId the person who imports the file: the author of the marks
   * @param now the time of changes without a date
   */
  constructor(userId: string, now: string) {
    this.#userId = userId
    this.#now = now
  }

  /**
   * The suggestion of a change.
   * @param sort changes of different sorts are never one suggestion
   */
  open(element: XmlElement, sort = ''): ChangeAttributes {
    const name = readAuthor(element)
    const at = readDate(element) ?? this.#now
    const key = `${sort} ${name}`
    const time = Date.parse(at)
    const current = this.#current.get(key)
    if (current && Math.abs(time - current.last) <= maxGapMs) {
      current.last = time
      return current.attributes
    }
    const attributes = this.#create(name, at)
    this.#current.set(key, { attributes, last: time })
    return attributes
  }

  /** The suggestion of a move: its two places are one suggestion. */
  openMove(element: XmlElement, move: string | undefined): ChangeAttributes {
    if (move === undefined) return this.open(element, 'move')
    const known = this.#moves.get(move) ?? this.#create(readAuthor(element), readDate(element) ?? this.#now)
    this.#moves.set(move, known)
    return known
  }

  #create(name: string, at: string): ChangeAttributes {
    const attributes = { id: newId(), author: this.#userId, at }
    this.authors.set(attributes.id, { name, at })
    return attributes
  }

  /** Text with these changes was read, or the end of a paragraph: other suggestions end here. */
  keepOnly(ids: readonly string[]): void {
    for (const [key, { attributes }] of this.#current)
      if (!ids.includes(attributes.id) && attributes.id !== this.row) this.#current.delete(key)
  }
}

/** Marks that a change of format added and removed. */
export function formatDifference(now: JSONContent['marks'] & object, before: JSONContent['marks'] & object) {
  const keysOf = (marks: typeof now) => new Set(marks.map(({ type }) => type))
  const [newKeys, oldKeys] = [keysOf(now), keysOf(before)]
  return { added: now.filter(({ type }) => !oldKeys.has(type)), removed: before.filter(({ type }) => !newKeys.has(type)) }
}
