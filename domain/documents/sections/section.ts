/**
 * Sections: the structured parts of a document beside its text. A section is a root `Y.Map` of entries by id, an entry a `Y.Map` of plain
 * values, so that two people who change two fields of one entry both keep their change.
 *
 * Each rule concerns a single field: with rules over several fields, two valid changes could merge into an invalid entry.
 */
import * as Y from 'yjs'
import { z } from 'zod'
import type { DocumentSection } from '../../kernel/manifest/define-slice.ts'
import { singleLine } from '../../kernel/text/well-formed.ts'
import { CalendarDay } from '../../kernel/time.ts'

/** What is wrong, and where: `section.entry` or `section.entry.field`. */
export interface EntryProblem {
  path: string
  problem: string
}

export type Fields = Record<string, unknown>

export type Section<S extends z.ZodRawShape = z.ZodRawShape> = DocumentSection<S>

/** Declares a section. Fields must have a default, or be written together with the entry. */
export const section = <S extends z.ZodRawShape>(
  name: string,
  fields: S,
  { most: maxEntries = 500, byServer: serverOnly = false }: { most?: number; byServer?: boolean } = {},
): Section<S> => ({ name, shape: z.strictObject(fields), maxEntries, serverOnly })

/** An entry as it is read: its fields with defaults, and its id. */
export type Entry<S extends z.ZodRawShape> = z.output<z.ZodObject<S, z.core.$strict>> & { id: string }

const entryId = /^[0-9a-z][0-9a-z:-]{0,99}$/

/** Field types that sections share: text on one line and on several, days, people, ratings. */
export const shortText = (maxCharacters = 200, minCharacters = 1) => singleLine(maxCharacters, minCharacters)
export const longText = (maxCharacters = 5000) => z.string().max(maxCharacters).default('')
export const day = CalendarDay
export const userRef = z.uuid().nullable().default(null)
export const rating = z.number().int().min(1).max(5)

/**
 * Validates an entry. `fields` is the entry itself, repaired, or undefined where it must be removed.
 * @param lastValid the last valid fields
 */
export function validateEntry(
  { name, shape }: Section,
  id: string,
  value: unknown,
  lastValid: Fields | undefined,
): { fields: Fields | undefined; problems: EntryProblem[] } {
  if (!entryId.test(id))
    return { fields: undefined, problems: [{ path: `${name}.${id.slice(0, 100)}`, problem: 'is not a valid entry id' }] }
  const fields = readEntryFields(value)
  if (!fields) return { fields: lastValid, problems: [{ path: `${name}.${id}`, problem: 'must be a Y.Map of plain values' }] }
  const parsed = shape.safeParse(fields)
  if (parsed.success) return { fields, problems: [] }
  const problems: EntryProblem[] = []
  const repaired = { ...fields }
  for (const issue of parsed.error.issues.slice(0, 50)) {
    const invalidFields = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])]
    for (const field of invalidFields.slice(0, 50)) {
      problems.push({
        path: `${name}.${id}.${field.slice(0, 100)}`,
        problem: issue.code === 'unrecognized_keys' ? 'unknown field' : issue.message,
      })
      if (lastValid && Object.hasOwn(lastValid, field)) repaired[field] = lastValid[field]
      else delete repaired[field]
    }
  }
  return { fields: shape.safeParse(repaired).success ? repaired : lastValid, problems }
}

/** The plain fields of an entry; undefined where it is not an entry. */
export function readEntryFields(value: unknown): Fields | undefined {
  // subclasses of Y.Map (XML hooks) are another type to every client
  if (!(value instanceof Y.Map) || value.constructor !== Y.Map) return undefined
  // without a prototype: a client may use any field name
  const fields = Object.create(null) as Fields
  for (const [field, one] of value.entries()) {
    // a shared type is replaced by a value that no field accepts
    fields[field] = one instanceof Y.AbstractType || one instanceof Y.Doc ? Number.NaN : one
  }
  return fields
}

/** The valid entries of a section with defaults, sorted by id. */
export function readEntries<S extends z.ZodRawShape>(document: Y.Doc, { name, shape }: Section<S>): Entry<S>[] {
  const entries: Entry<S>[] = []
  for (const [id, value] of document.getMap(name).entries()) {
    const parsed = entryId.test(id) ? shape.safeParse(readEntryFields(value)) : undefined
    if (parsed?.success) entries.push({ ...parsed.data, id } as Entry<S>)
  }
  return entries.sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** Writes the changed fields of an entry. `undefined` removes a field. */
export function writeEntry(document: Y.Doc, { name }: { name: string }, id: string, fields: Fields): void {
  const entries = document.getMap(name)
  const present = entries.get(id)
  const held = readEntryFields(present)
  if (!held) return void entries.set(id, new Y.Map(Object.entries(fields).filter(([, value]) => value !== undefined)))
  const entry = present as Y.Map<unknown>
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) entry.delete(field)
    else if (JSON.stringify(held[field]) !== JSON.stringify(value)) entry.set(field, value)
  }
}
