/** Entries of a document's sections over REST: the same operations for every section, and what they write appears live. */
import type { Doc } from 'yjs'
import { z } from 'zod'
import { edit } from '../access/permission.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { type Command, command, type Ports, type View } from '../kernel/operation.ts'
import { entriesOf, type Entry, type Fields, putEntry, type Section } from './section.ts'

export interface EntryOperations<S extends z.ZodRawShape> {
  add: Command<z.ZodObject, Entry<S>>
  change: Command<z.ZodObject, Entry<S>>
  remove: Command<z.ZodObject, { id: string }>
}

/** How an entry is found again by its own id, as the path names it. */
export interface Told<S extends z.ZodRawShape> {
  /** Names the operations: `<slice>.add<Noun>`, `.change<Noun>`, `.remove<Noun>`. */
  slice: string
  noun: string
  /** The document of an owner, by the owner's id. */
  documentOf: (id: string) => string
  /** Fields that the server writes itself. */
  own?: readonly (keyof S & string)[]
  /** What else is to be written in an entry, told its id and what was given; asked before anything is written. */
  beside?: (document: Doc, id: string, given: Fields) => Fields
}

/** Who asks, as the journal has it. */
export const authorOf = (view: View): string | null => (view.actor.kind === 'user' ? view.actor.userId : null)

/**
 * Adding to, changing and removing from a section. Who may edit the document may.
 * @throws DomainError not-found for an entry that is not there; conflict where the section is full, or the document is frozen
 */
export function entryOperations<S extends z.ZodRawShape>(section: Section<S>, told: Told<S>): EntryOperations<S> {
  const { slice, noun, documentOf, own = [], beside } = told
  const may = edit(({ id }: { id: string }) => documentOf(id))
  const given: Record<string, z.ZodType> = Object.fromEntries(
    Object.entries(section.shape.shape as unknown as Record<string, z.ZodType>).filter(([field]) => !own.includes(field)),
  )
  const changed = Object.fromEntries(Object.entries(given).map(([field, type]) => [field, withoutDefault(type).optional()]))
  const ids = { id: z.uuid(), entryId: z.string().max(100) }
  type Done = { id: string; entryId: string; author: string | null; fields: Fields }

  const add = command(`${slice}.add${noun}`, {
    input: { id: z.uuid(), ...given } as z.ZodRawShape,
    may: may as never,
    does: async (work, { id, ...fields }): Promise<Done> => ({ id: id as string, entryId: newId(), author: authorOf(work), fields }),
    afterwards: ({ id, entryId, author, fields }, ports) =>
      inSection(ports, section, documentOf(id), author, (document) => {
        if (document.getMap(section.name).size >= section.most) {
          throw new DomainError('conflict', `There are ${section.most} ${section.name} already, as many as there may be.`)
        }
        putEntry(document, section, entryId, { ...fields, ...beside?.(document, entryId, fields) })
        return entryId
      }),
  })
  const change = command(`${slice}.change${noun}`, {
    input: { ...ids, ...changed } as z.ZodRawShape,
    may: may as never,
    does: async (work, { id, entryId, ...fields }): Promise<Done> => ({
      id: id as string,
      entryId: entryId as string,
      author: authorOf(work),
      fields,
    }),
    afterwards: ({ id, entryId, author, fields }, ports) =>
      inSection(ports, section, documentOf(id), author, (document) => {
        if (!entriesOf(document, section).some((entry) => entry.id === entryId)) throw notFound()
        putEntry(document, section, entryId, { ...fields, ...beside?.(document, entryId, fields) })
        return entryId
      }),
  })
  const remove = command(`${slice}.remove${noun}`, {
    input: ids as z.ZodRawShape,
    may: may as never,
    does: async (work, { id, entryId }) => ({ id: id as string, entryId: entryId as string, author: authorOf(work) }),
    async afterwards({ id, entryId, author }, ports) {
      await ports.write(documentOf(id), author, (document) => {
        const entries = document.getMap(section.name)
        if (!entries.has(entryId)) throw notFound()
        entries.delete(entryId)
      })
      return { id: entryId }
    },
  })
  return { add, change, remove } as unknown as EntryOperations<S>
}

/** Writes in a section, and answers the entry as it is afterwards. */
export async function inSection<S extends z.ZodRawShape>(
  ports: Ports,
  section: Section<S>,
  documentName: string,
  author: string | null,
  change: (document: Doc) => string,
): Promise<Entry<S>> {
  const { answer } = await ports.write(documentName, author, (document) => {
    const id = change(document)
    return entriesOf(document, section).find((entry) => entry.id === id)
  })
  if (!answer) throw notFound()
  return answer
}

/** A field that is not told stays as it is, whatever it would begin with. */
const withoutDefault = (type: z.ZodType): z.ZodType => (type instanceof z.ZodDefault ? (type.unwrap() as z.ZodType) : type)
