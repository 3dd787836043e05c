/** Everything that is derived from the registered slices. `domain/slices.ts` registers them when it is loaded. */
import type { EntityClass } from '@mikro-orm/core'
import { z } from 'zod'
import { findByIds } from '../entity.ts'
import type { PublishedEvent } from '../events/event.ts'
import type { AccessChange, QueryContext, CommandContext } from '../operation.ts'
import type { Slice, SubjectKind } from './define-slice.ts'
import type { Hook, InTransaction } from './hook.ts'

let registered: readonly Slice[] = []

/** @throws Error where two slices declare the same name, or a document kind has no subject */
export function registerSlices(slices: readonly Slice[]): void {
  for (const [noun, names] of Object.entries({
    slice: slices.map(({ name }) => name),
    'subject kind': slices.flatMap(({ subjects }) => Object.keys(subjects)),
    'notification type': slices.flatMap(({ notifications }) => Object.keys(notifications)),
    job: slices.flatMap(({ handlers, schedules }) => [...handlers, ...schedules].map(({ name }) => name)),
  })) {
    const duplicate = names.find((name, place) => names.indexOf(name) !== place)
    if (duplicate) throw new Error(`Two slices declare the ${noun} ${duplicate}.`)
  }
  registered = slices
}

export function registeredSlices(): readonly Slice[] {
  if (registered.length === 0) throw new Error('No slice is registered: import domain/slices.ts first.')
  return registered
}

const subjectKinds = (): [string, SubjectKind][] => registeredSlices().flatMap(({ subjects }) => Object.entries(subjects))

/** Names of subject kinds. */
export const filterSubjectKinds = (condition: (kind: SubjectKind) => unknown): string[] =>
  subjectKinds().flatMap(([name, kind]) => (condition(kind) ? [name] : []))

/** @throws Error for a kind that no slice declares */
export function subjectKind(name: string): SubjectKind {
  const kind = subjectKinds().find(([known]) => known === name)?.[1]
  if (!kind) throw new Error(`No slice declares the subject kind ${name}.`)
  return kind
}

export const documentKinds = (): string[] => registeredSlices().flatMap(({ documents }) => Object.keys(documents))

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

/** Matches names of subjects of some kinds: `<kind>:<uuid>` in lower case. */
export const subjectPattern = (kinds: readonly string[]): RegExp => new RegExp(`^(${[...kinds].sort().join('|')}):(${uuid})$`)

/** A schema of such names. It is built at the first use, when the kinds are registered. */
export const SubjectName = (kinds: () => readonly string[]) =>
  z.lazy(() => {
    const [last, ...others] = [...kinds()].sort().reverse()
    const list = others.length > 0 ? `kinds are ${others.reverse().join(', ')} and ${last}` : `the kind is ${last}`
    return z.string().regex(subjectPattern(kinds()), `takes <kind>:<uuid>; ${list}`)
  })

/** The kind and the id of a subject. */
export function parseSubject(subject: string): { kind: string; id: string } {
  const colon = subject.indexOf(':')
  return { kind: subject.slice(0, colon), id: subject.slice(colon + 1) }
}

/** Titles of subjects. Those that do not exist, or whose kind nobody declares, have no entry. */
export async function readTitles(view: QueryContext, subjects: readonly string[]): Promise<Map<string, string>> {
  const idsByTitles = new Map<SubjectKind['titles'], Set<string>>()
  const known = new Map(subjectKinds())
  const parsed = [...new Set(subjects)].flatMap((subject) => {
    const { kind, id } = parseSubject(subject)
    const titles = known.get(kind)?.titles
    return titles ? [{ subject, id, titles }] : []
  })
  for (const { id, titles } of parsed) idsByTitles.set(titles, (idsByTitles.get(titles) ?? new Set()).add(id))
  const found = new Map<SubjectKind['titles'], Map<string, string>>()
  for (const [titles, ids] of idsByTitles) found.set(titles, await titles(view, [...ids]))
  return new Map(
    parsed.flatMap(({ subject, id, titles }) => {
      const title = found.get(titles)?.get(id)
      return title === undefined ? [] : [[subject, title] as const]
    }),
  )
}

/** The titles of a kind whose entity has them in a field. */
export const titlesFrom =
  <T extends { id: string }>(entity: EntityClass<T>, field: keyof T & string): SubjectKind['titles'] =>
  async (view, ids) => {
    const things = await findByIds(view.em, entity, ids)
    return new Map(things.map((thing) => [thing.id, String(thing[field])]))
  }

/** The page of the workspace that shows a subject. */
export function linkTo(subject: string, search = ''): string {
  const { kind, id } = parseSubject(subject)
  return subjectKind(kind).link(id, search)
}

/** The live connections that an event affects. */
export const findAccessChanges = (event: PublishedEvent): AccessChange[] =>
  registeredSlices().flatMap(({ accessEvents }) =>
    accessEvents.flatMap(({ on, affects }) => (on.name === event.event ? (affects(event) ?? []) : [])),
  )

/** What slices registered with a hook, in the order of slices. */
export const getRegistered = <T>({ name }: Hook<T>): T[] =>
  registeredSlices().flatMap(({ hooks }) => hooks.flatMap(({ hook, registered }) => (hook === name ? [registered as T] : [])))

/** Runs what slices registered, inside the transaction of `work`. */
export async function runHook<D>(work: CommandContext, hook: Hook<InTransaction<D>>, data: D): Promise<void> {
  for (const run of getRegistered(hook)) await run(work, data)
}
