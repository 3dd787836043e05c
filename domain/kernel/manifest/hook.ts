/** In-transaction hooks: a slice lets other slices take part in its work without knowing them. They register in their manifests. */
import type { CommandContext } from '../operation.ts'

/**
 * A point at which other slices register a `T`. The owning slice declares it; in its `events.ts` where slices to its left register, too.
 */
export interface Hook<T> {
  /** `slice.moment`, unique. */
  readonly name: string
  /** Only for the type. */
  readonly registers?: T
}

/** Work inside the owner's transaction: it commits with it, or makes it fail. */
export type InTransaction<D> = (work: CommandContext, data: D) => Promise<void> | void

/** What a slice registers in its manifest. */
export interface Registration {
  readonly hook: string
  readonly registered: unknown
}

export const defineHook = <T>(name: string): Hook<T> => ({ name })

/** An entry of a manifest's `hooks`. */
export const register = <T>({ name }: Hook<T>, registered: T): Registration => ({ hook: name, registered })
