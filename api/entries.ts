/** Sections of documents over HTTP: three endpoints each, of one shape. */
import { z } from 'zod'
import type { EntryOperations } from '../domain/documents/entry.ts'
import type { Entry } from '../domain/documents/section.ts'
import { answer, del, type Endpoint, patch, post } from './endpoint.ts'

/** What an entry is answered as: its fields, and its id. */
export const bodyOf = <S extends z.ZodRawShape>({ shape }: { shape: z.ZodObject<S> }, id: string) =>
  z.object({ id: z.string(), ...shape.shape }).meta({ id })

const removed = answer(z.object({ id: z.string() }), (one: { id: string }) => one)

/** Adding, changing and removing beneath a path. */
export const entriesAt = <S extends z.ZodRawShape>(
  path: string,
  { add, change, remove }: EntryOperations<S>,
  body: z.ZodType,
): Endpoint[] => {
  const entry = answer(body as z.ZodType<Entry<S>>, (one: Entry<S>) => one)
  return [post(path, add, entry), patch(`${path}/:entryId`, change, entry), del(`${path}/:entryId`, remove, removed)]
}
