/**
 * The structured parts of a document: sections beside its text. A section is a root `Y.Map` of entries by id, an entry a `Y.Map` of plain
 * values, so that two people who change two fields of one entry both keep theirs.
 *
 * Each rule looks at one field alone: rules over several would let two changes that are fine make, merged, one that is not.
 */
import * as Y from 'yjs'
import { z } from 'zod'

/** What is wrong, and where: `section.entry` or `section.entry.field`. */
export interface EntryProblem {
  path: string
  problem: string
}

export type Fields = Record<string, unknown>

export interface Section<S extends z.ZodRawShape = z.ZodRawShape> {
  /** The name of the root `Y.Map`, and of the section in paths. */
  readonly name: string
  readonly shape: z.ZodObject<S, z.core.$strict>
  /** How many entries it may have. What comes on top is taken out again. */
  readonly most: number
  /** Only the server writes it: what a client changes in it is put back. */
  readonly byServer: boolean
}

/** Declares a section. Fields must have a default, or be written together with the entry. */
export const section = <S extends z.ZodRawShape>(
  name: string,
  fields: S,
  { most = 500, byServer = false }: { most?: number; byServer?: boolean } = {},
): Section<S> => ({ name, shape: z.strictObject(fields), most, byServer })

/** An entry as it is read: its fields, defaults filled in, and its id. */
export type Entry<S extends z.ZodRawShape> = z.output<z.ZodObject<S, z.core.$strict>> & { id: string }

const entryId = /^[0-9a-z][0-9a-z:-]{0,99}$/

/** Texts of one line and of many, days and people: the same in every section. */
export const line = (longest = 200) => z.string().trim().min(1).max(longest)
export const text = (longest = 5000) => z.string().max(longest).default('')
export const day = z.iso.date()
export const someone = z.uuid().nullable().default(null)
export const level = z.number().int().min(1).max(5)

/**
 * What an entry ought to be: itself, mended, or undefined where it is to go.
 * @param known what it was when it was last right
 */
export function judged(
  { name, shape }: Section,
  id: string,
  value: unknown,
  known: Fields | undefined,
): { fields: Fields | undefined; problems: EntryProblem[] } {
  if (!entryId.test(id)) return { fields: undefined, problems: [{ path: `${name}.${id.slice(0, 100)}`, problem: 'is no id of an entry' }] }
  const held = fieldsOf(value)
  if (!held) return { fields: known, problems: [{ path: `${name}.${id}`, problem: 'takes a Y.Map of plain values' }] }
  const parsed = shape.safeParse(held)
  if (parsed.success) return { fields: held, problems: [] }
  const problems: EntryProblem[] = []
  const mended = { ...held }
  for (const issue of parsed.error.issues.slice(0, 50)) {
    const wrong = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0])]
    for (const field of wrong.slice(0, 50)) {
      problems.push({
        path: `${name}.${id}.${field.slice(0, 100)}`,
        problem: issue.code === 'unrecognized_keys' ? 'unknown field' : issue.message,
      })
      if (known && Object.hasOwn(known, field)) mended[field] = known[field]
      else delete mended[field]
    }
  }
  return { fields: shape.safeParse(mended).success ? mended : known, problems }
}

/** The plain fields of an entry, or undefined where it is none. */
export function fieldsOf(value: unknown): Fields | undefined {
  // sub-classes of Y.Map (hooks of XML) are something else to every client
  if (!(value instanceof Y.Map) || value.constructor !== Y.Map) return undefined
  // without a prototype: a client may call a field what it likes
  const fields = Object.create(null) as Fields
  for (const [field, one] of value.entries()) {
    // whatever is no plain value is nothing that any field takes
    fields[field] = one instanceof Y.AbstractType || one instanceof Y.Doc ? Number.NaN : one
  }
  return fields
}

/** The entries of a section that are right, by id, as they were written and with their defaults. */
export function entriesOf<S extends z.ZodRawShape>(document: Y.Doc, { name, shape }: Section<S>): Entry<S>[] {
  const entries: Entry<S>[] = []
  for (const [id, value] of document.getMap(name).entries()) {
    const parsed = entryId.test(id) ? shape.safeParse(fieldsOf(value)) : undefined
    if (parsed?.success) entries.push({ ...parsed.data, id } as Entry<S>)
  }
  return entries.sort((one, other) => (one.id < other.id ? -1 : 1))
}

/** Writes an entry: what is new in it, and nothing else. `undefined` takes a field out. */
export function putEntry(document: Y.Doc, { name }: { name: string }, id: string, fields: Fields): void {
  const entries = document.getMap(name)
  const present = entries.get(id)
  const held = fieldsOf(present)
  if (!held) return void entries.set(id, new Y.Map(Object.entries(fields).filter(([, value]) => value !== undefined)))
  const entry = present as Y.Map<unknown>
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined) entry.delete(field)
    else if (JSON.stringify(held[field]) !== JSON.stringify(value)) entry.set(field, value)
  }
}
