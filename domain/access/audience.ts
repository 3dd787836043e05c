/** Audiences: whoever may read a subject may hear what happens to it. Everybody hears what is for themself, and for all. */
import { z } from 'zod'
import { DomainError, notFound } from '../kernel/errors.ts'
import type { HeardEvent } from '../kernel/events.ts'
import { type Permission, query, type View } from '../kernel/operation.ts'
import { paging } from '../kernel/page.ts'
import { readExtent, readFor, replayable } from '../kernel/replay.ts'
import { rolesOn } from './grant.ts'
import { signedIn, userOf } from './permission.ts'

/** What all who are signed in hear, without asking: announcements (smartstart-facts 1.11). */
export const platform = 'platform'

/** What a person is told themself. */
export const ownAudience = (userId: string): string => `user:${userId}`

/** What everybody hears who is signed in. */
export const alwaysHeard = (userId: string): string[] => [ownAudience(userId), platform]

/** One subscriber hears at most this many audiences beside their own. */
export const mostAudiences = 100

export const Audience = z.string().min(1).max(200)
/** `?audience=` once, many times, or never. */
const Audiences = z
  .union([Audience.transform((one) => [one]), z.array(Audience)])
  .default([])
  .describe('beside one’s own and `platform`: a subject that one may read, as `venture:<id>`; may be repeated')
const Position = z
  .string()
  .regex(/^\d{1,15}$/, 'takes a position: 0, or one that was told')
  .transform(Number)
  .optional()
  .describe('what comes after this position; absent: from now on')

/** Of some audiences those that the actor may hear, as of now. */
async function audible(view: View, audiences: readonly string[]): Promise<Set<string>> {
  const userId = userOf(view)
  const always = alwaysHeard(userId)
  const asked = audiences.filter((audience) => !always.includes(audience))
  const roles = asked.length > 0 ? await rolesOn(view, asked, userId) : new Map()
  return new Set(audiences.filter((audience) => always.includes(audience) || roles.has(audience)))
}

/** Answers those of some audiences that the actor may hear. */
export const hearAudiences = query('access.hearAudiences', {
  input: { audiences: z.array(Audience).max(mostAudiences) },
  may: signedIn,
  does: async (view, { audiences }): Promise<string[]> => [...(await audible(view, audiences))],
})

/** @throws DomainError not-found naming the audiences that the actor may not hear, or that are not there; too-many-audiences */
const hearsAll: Permission<{ audience: string[] }> = async (view, { audience }) => {
  userOf(view)
  if (audience.length > mostAudiences) throw tooManyAudiences()
  const heard = await audible(view, audience)
  refuseAudiences(audience.filter((one) => !heard.has(one)))
}

/** @throws DomainError not-found naming these audiences; nothing when there are none */
export function refuseAudiences(refused: readonly string[]): void {
  if (refused.length === 0) return
  const { code, message } = notFound()
  throw new DomainError(code, message, { fields: refused.map((audience) => ({ path: 'audience', message: audience })) })
}

export const tooManyAudiences = () =>
  new DomainError('too-many-audiences', `One subscriber hears at most ${mostAudiences} audiences beside their own.`)

/** What somebody missed of their audiences, and the position to ask from next. */
export interface Missed {
  events: HeardEvent[]
  position: number
}

/**
 * The next events after a position. Who asks again with the position that was answered misses nothing and sees nothing twice.
 * @throws DomainError cannot-replay
 */
export const listEvents = query('access.listEvents', {
  input: { after: Position, audience: Audiences, limit: paging.limit },
  may: hearsAll,
  async does(view, { after, audience, limit }): Promise<Missed> {
    if (after === undefined) return { events: [], position: (await readExtent(view.read)).newest }
    const { events, upTo, ...extent } = await readFor(view.read, [...new Set([...alwaysHeard(userOf(view)), ...audience])], after, limit)
    replayable(extent, after)
    return { events, position: upTo }
  },
})

/** Where a stream begins. */
export interface Beginning {
  audiences: string[]
  after: number | undefined
}

/** What a stream of events is asked with. `lastEventId` is what a browser sends that comes back, and goes before `after`. */
export const streamEvents = query('access.streamEvents', {
  input: { after: Position, audience: Audiences, lastEventId: Position },
  may: hearsAll,
  does: async (_view, { after, audience, lastEventId = after }): Promise<Beginning> => ({ audiences: audience, after: lastEventId }),
})
