/** Endpoints of document sections: three for each section. */
import { z } from 'zod'
import type { EntryOperations } from '../../domain/documents/sections/entry-operations.ts'
import type { Entry } from '../../domain/documents/sections/section.ts'
import { jsonResponse, del, type Endpoint, patch, post } from '../http/endpoint.ts'

/** Response body of an entry: its id and its fields. */
export const entryBody = <S extends z.ZodRawShape>({ shape }: { shape: z.ZodObject<S> }, id: string) =>
  z.object({ id: z.string(), ...shape.shape }).meta({ id })

const removed = jsonResponse(z.object({ id: z.string() }), (one: { id: string }) => one)

/** Endpoints that add, change and remove entries. @param noun "a goal" @param where "the plan" */
export const entryEndpoints = <S extends z.ZodRawShape>(
  path: string,
  noun: string,
  where: string,
  { add, change, remove }: EntryOperations<S>,
  body: z.ZodType,
): Endpoint[] => {
  const entry = jsonResponse(body as z.ZodType<Entry<S>>, (one: Entry<S>) => one)
  return [
    post(path, `Adds ${noun} to ${where}.`, add, entry),
    patch(`${path}/:entryId`, `Changes the given fields of ${noun} of ${where}.`, change, entry),
    del(`${path}/:entryId`, `Removes ${noun} from ${where}.`, remove, removed),
  ]
}
