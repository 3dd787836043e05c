/** An example of each subject kind in the manifests, for generated tests. A slice defines its examples in `examples/<slice>.ts`. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { endpoints } from '../../api/routes/endpoints.ts'
import type { Slice } from '../../domain/kernel/manifest/define-slice.ts'
import { slices } from '../../domain/slices.ts'
import type { Person } from './client.ts'

export interface Example {
  /** Path of its endpoints, for example `/spaces`. */
  path: string
  /** Body of `POST`; its `title` or `name` is the subject's title. */
  create: Record<string, unknown>
  /** Body of `PATCH`. */
  change: Record<string, unknown>
}

export interface SubjectExample extends Example {
  kind: string
  title: string
  /** Whether it has members, at `<path>/:id/members`. */
  shareable: boolean
  watchable: boolean
}

/** Loads the examples of slices. @throws for a subject kind without an example */
export async function loadSubjectExamples(of: readonly Slice[] = slices): Promise<SubjectExample[]> {
  const found: SubjectExample[] = []
  for (const { name, subjects } of of) {
    // a part of another subject is created with it
    const kinds = Object.entries(subjects).filter(([, { partOf }]) => partOf === undefined)
    if (kinds.length === 0) continue
    const file = `examples/${name}.ts`
    const examples: Record<string, Example> = existsSync(join(import.meta.dirname, file))
      ? (await import(/* @vite-ignore */ `./${file}`)).examples
      : {}
    for (const [kind, { watchable = false }] of kinds) {
      const example = examples[kind]
      if (!example) throw new Error(`test/support/${file} has no example of the subject kind ${kind}.`)
      const shareable = endpoints.some(({ path }) => new RegExp(`^${example.path}/:\\w+/members$`).test(path))
      found.push({ ...example, kind, title: String(example.create.title ?? example.create.name), shareable, watchable })
    }
  }
  return found
}

/** Creates the subject. @returns its id */
export async function createExample(person: Person, { path, create }: Example): Promise<string> {
  const { status, body } = await person.request('POST', `/api${path}`, create)
  if (status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(body)}`)
  return body.id
}
