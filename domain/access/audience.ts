/** Audiences: the readers of a subject receive its events. Everyone receives the events of their own audience and of the platform. */
import { z } from 'zod'
import { DomainError, notFound } from '../kernel/errors.ts'
import type { PublishedEvent } from '../kernel/events/event.ts'
import { type Permission, query, type QueryContext } from '../kernel/operation.ts'
import { paging } from '../kernel/pagination.ts'
import { readEventRange, readAudienceEvents, assertReplayable } from '../kernel/events/replay.ts'
import { readRoles } from './grant.ts'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'

/** The audience of every signed-in subscriber, without subscribing: announcements. */
export const platformAudience = 'platform'

/** The audience of one person. */
export const userAudience = (userId: string): string => `user:${userId}`

/** The audiences that a person always receives. */
export const defaultAudiences = (userId: string): string[] => [userAudience(userId), platformAudience]

/** Maximum number of audiences of a subscriber, beside the default ones. */
export const maxAudiences = 100

export const Audience = z.string().min(1).max(200)
/** `?audience=` once, several times, or never. */
const Audiences = z
  .union([Audience.transform((one) => [one]), z.array(Audience)])
  .default([])
  .describe('a subject that you can read, as `venture:<id>`, beside your own and `platform`; may be repeated')
const Position = z
  .string()
  .regex(/^\d{1,15}$/, 'must be an event position: 0, or one that you received')
  .transform(Number)
  .optional()
  .describe('events after this position; absent: from now on')

/** Filters the audiences that the actor can read now. */
async function filterReadable(view: QueryContext, audiences: readonly string[]): Promise<Set<string>> {
  const userId = requireUserId(view)
  const defaults = defaultAudiences(userId)
  const others = audiences.filter((audience) => !defaults.includes(audience))
  const roles = others.length > 0 ? await readRoles(view, others, userId) : new Map()
  return new Set(audiences.filter((audience) => defaults.includes(audience) || roles.has(audience)))
}

/** Returns the audiences that the actor can read. */
export const authorizeAudiences = query('access.authorizeAudiences', {
  input: { audiences: z.array(Audience).max(maxAudiences) },
  authorize: requireSignedIn,
  execute: async (view, { audiences }): Promise<string[]> => [...(await filterReadable(view, audiences))],
})

/** @throws DomainError not-found naming the audiences that the actor cannot read or that do not exist; too-many-audiences */
const requireAudiences: Permission<{ audience: string[] }> = async (view, { audience }) => {
  requireUserId(view)
  if (audience.length > maxAudiences) throw tooManyAudiencesError()
  const readable = await filterReadable(view, audience)
  rejectAudiences(audience.filter((one) => !readable.has(one)))
}

/** @throws DomainError not-found naming these audiences; nothing when there are none */
export function rejectAudiences(refused: readonly string[]): void {
  if (refused.length === 0) return
  const { code, message } = notFound()
  throw new DomainError(code, message, { fields: refused.map((audience) => ({ path: 'audience', message: audience })) })
}

export const tooManyAudiencesError = () =>
  new DomainError('too-many-audiences', `A subscriber can have at most ${maxAudiences} audiences beside their own.`)

/** Events of the actor's audiences, and the position to continue from. */
export interface EventPage {
  events: PublishedEvent[]
  position: number
}

/**
 * The next events after a position. A client that continues with the returned position misses nothing and sees nothing twice.
 * @throws DomainError cannot-replay
 */
export const listEvents = query('access.listEvents', {
  input: { after: Position, audience: Audiences, limit: paging.limit },
  authorize: requireAudiences,
  async execute(view, { after, audience, limit }): Promise<EventPage> {
    if (after === undefined) return { events: [], position: (await readEventRange(view.runPrepared)).newest }
    const { events, readThrough, ...extent } = await readAudienceEvents(
      view.runPrepared,
      [...new Set([...defaultAudiences(requireUserId(view)), ...audience])],
      after,
      limit,
    )
    assertReplayable(extent, after)
    return { events, position: readThrough }
  },
})

/** The start of an event stream. */
export interface StreamStart {
  audiences: string[]
  after: number | undefined
}

/** Validates the request for an event stream. `lastEventId` is sent by a reconnecting browser and takes precedence over `after`. */
export const streamEvents = query('access.streamEvents', {
  input: { after: Position, audience: Audiences, lastEventId: Position },
  authorize: requireAudiences,
  execute: async (_view, { after, audience, lastEventId = after }): Promise<StreamStart> => ({ audiences: audience, after: lastEventId }),
})
