/** Operations on the entries of a document's sections over REST: the same for every section. Changes appear live. */
import type { Doc } from 'yjs'
import { z } from 'zod'
import { requireEditor } from '../../access/permission.ts'
import { newId } from '../../kernel/entity.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { formatAuthor } from '../../kernel/actor.ts'
import { type Command, command, type Permission, type Ports } from '../../kernel/operation.ts'
import { readEntries, type Entry, type Fields, writeEntry, type Section } from './section.ts'

export interface EntryOperations<S extends z.ZodRawShape> {
  add: Command<z.ZodObject, Entry<S>>
  change: Command<z.ZodObject, Entry<S>>
  remove: Command<z.ZodObject, { id: string }>
}

/** Names and rules of the operations of a section. */
export interface EntryOptions<S extends z.ZodRawShape> {
  /** Names of the operations: `<slice>.add<Noun>`, `.change<Noun>`, `.remove<Noun>`. */
  slice: string
  noun: string
  /** The document's name, from the id of its owner. */
  documentOf: (id: string) => string
  /** Fields that only the server writes. */
  serverFields?: readonly (keyof S & string)[]
  /** Further fields of an entry, derived from its id and the input; called before anything is written. */
  deriveFields?: (document: Doc, id: string, given: Fields) => Fields
}

type EntryChange = { id: string; entryId: string; author: string | null; fields: Fields }
type EditorPermission = Permission<Record<string, unknown>>

const ids = { id: z.uuid(), entryId: z.string().max(100) }

/**
 * Creates operations that add, change and remove entries of a section. They require the editor role on the document.
 * @throws DomainError not-found for an entry that does not exist; conflict where the section is full, or the document is frozen
 */
export function entryOperations<S extends z.ZodRawShape>(section: Section<S>, options: EntryOptions<S>): EntryOperations<S> {
  const { documentOf, serverFields = [] } = options
  const authorize = requireEditor<Record<string, unknown>>(({ id }) => documentOf(id as string))
  const inputFields: Record<string, z.ZodType> = Object.fromEntries(
    Object.entries(section.shape.shape as unknown as Record<string, z.ZodType>).filter(([field]) => !serverFields.includes(field)),
  )
  return {
    add: addEntry(section, options, authorize, inputFields),
    change: changeEntry(section, options, authorize, inputFields),
    remove: removeEntry(section, options, authorize),
  } as unknown as EntryOperations<S>
}

const addEntry = <S extends z.ZodRawShape>(
  section: Section<S>,
  { slice, noun, documentOf, deriveFields }: EntryOptions<S>,
  authorize: EditorPermission,
  inputFields: Record<string, z.ZodType>,
) =>
  command(`${slice}.add${noun}`, {
    input: { id: z.uuid(), ...inputFields } as z.ZodRawShape,
    authorize,
    execute: async (work, { id, ...fields }): Promise<EntryChange> => ({
      id: id as string,
      entryId: newId(),
      author: formatAuthor(work.actor),
      fields,
    }),
    afterCommit: ({ id, entryId, author, fields }, ports) =>
      editSection(ports, section, documentOf(id), author, (document) => {
        if (document.getMap(section.name).size >= section.maxEntries) {
          throw new DomainError(
            'conflict',
            `This document already has the maximum of ${section.maxEntries} ${section.name}. Delete one first.`,
          )
        }
        writeEntry(document, section, entryId, { ...fields, ...deriveFields?.(document, entryId, fields) })
        return entryId
      }),
  })

const changeEntry = <S extends z.ZodRawShape>(
  section: Section<S>,
  { slice, noun, documentOf, deriveFields }: EntryOptions<S>,
  authorize: EditorPermission,
  inputFields: Record<string, z.ZodType>,
) =>
  command(`${slice}.change${noun}`, {
    input: { ...ids, ...makeOptional(inputFields) } as z.ZodRawShape,
    authorize,
    execute: async (work, { id, entryId, ...fields }): Promise<EntryChange> => ({
      id: id as string,
      entryId: entryId as string,
      author: formatAuthor(work.actor),
      fields,
    }),
    afterCommit: ({ id, entryId, author, fields }, ports) =>
      editSection(ports, section, documentOf(id), author, (document) => {
        if (!readEntries(document, section).some((entry) => entry.id === entryId)) throw notFound()
        writeEntry(document, section, entryId, { ...fields, ...deriveFields?.(document, entryId, fields) })
        return entryId
      }),
  })

const removeEntry = <S extends z.ZodRawShape>(
  section: Section<S>,
  { slice, noun, documentOf }: EntryOptions<S>,
  authorize: EditorPermission,
) =>
  command(`${slice}.remove${noun}`, {
    input: ids as z.ZodRawShape,
    authorize,
    execute: async (work, { id, entryId }) => ({ id: id as string, entryId: entryId as string, author: formatAuthor(work.actor) }),
    async afterCommit({ id, entryId, author }, ports) {
      await ports.editDocument(documentOf(id), author, (document) => {
        const entries = document.getMap(section.name)
        if (!entries.has(entryId)) throw notFound()
        entries.delete(entryId)
      })
      return { id: entryId }
    },
  })

/** Edits a section. @returns the entry after the edit */
export async function editSection<S extends z.ZodRawShape>(
  ports: Ports,
  section: Section<S>,
  documentName: string,
  author: string | null,
  change: (document: Doc) => string,
): Promise<Entry<S>> {
  const { result } = await ports.editDocument(documentName, author, (document) => {
    const id = change(document)
    return readEntries(document, section).find((entry) => entry.id === id)
  })
  if (!result) throw notFound()
  return result
}

/** Makes fields optional, without a default: fields that are not in the input stay unchanged. */
const makeOptional = (fields: Record<string, z.ZodType>) =>
  Object.fromEntries(Object.entries(fields).map(([field, type]) => [field, withoutDefault(type).optional()]))

const withoutDefault = (type: z.ZodType): z.ZodType => (type instanceof z.ZodDefault ? (type.unwrap() as z.ZodType) : type)
