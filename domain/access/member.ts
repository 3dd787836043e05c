/** Members of a subject: who holds a role on it, giving one, taking one away. The same three operations for every kind of subject. */
import { z } from 'zod'
import type { AccessChange, Command, Enforcement, Query, View } from '../kernel/operation.ts'
import { command, query } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { giveRole, type Holder, holdersOf, takeRole } from './grant.ts'
import { own, read } from './permission.ts'
import { Role } from './role.ts'

/** A person's role after a change, and how the change came into force on live connections. */
export type EnforcedHolder = Holder & { enforcement: Enforcement }

export interface MemberOperations {
  list: Query<z.ZodObject, Page<Holder>>
  set: Command<z.ZodObject, EnforcedHolder>
  remove: Command<z.ZodObject, { enforcement: Enforcement }>
}

/**
 * @param slice names the operations: `<slice>.listMembers`, `.setMember`, `.removeMember`
 * @param key the input that tells which subject, as in `{ id: z.uuid() }`
 * @param reach what a change reaches: the subject alone, or all that the person has open, where others lie in it
 */
export function memberOperations<S extends z.ZodRawShape>(
  slice: string,
  key: S,
  subjectOf: (input: z.output<z.ZodObject<S>>) => string,
  reach: (change: Required<Pick<AccessChange, 'subject' | 'userId'>>) => AccessChange,
): MemberOperations {
  type Key = z.output<z.ZodObject<S>>
  const subject = (input: unknown) => subjectOf(input as Key)
  const mayRead = read(subject)
  const mayOwn = own(subject)
  const person = { userId: z.uuid() }

  const list = query(`${slice}.listMembers`, {
    input: { ...key, ...paging } as z.ZodRawShape,
    may: mayRead,
    async does(view, input): Promise<Page<Holder>> {
      const { limit, cursor } = input as { limit: number; cursor?: string }
      const after = readCursor(cursor)
      const holders = await holdersOf(view, subject(input))
      const start = after ? holders.findIndex(({ userId }) => userId === after.id) + 1 : 0
      // owners first, then by name: a place in that order is a person, at no time
      return pageOf(
        holders.slice(start, start + limit + 1),
        limit,
        ({ userId }) => ({ at: new Date(0).toISOString(), id: userId }),
        (holder) => holder,
      )
    },
  })
  const set = command(`${slice}.setMember`, {
    input: { ...key, ...person, role: Role } as z.ZodRawShape,
    may: mayOwn,
    async does(work, input) {
      const { userId, role } = input as { userId: string; role: Role }
      return { holder: await giveRole(work, subject(input), userId, role), change: { subject: subject(input), userId } }
    },
    afterwards: async ({ holder, change }, ports) => ({ ...holder, enforcement: await ports.enforce(reach(change)) }),
  })
  const remove = command(`${slice}.removeMember`, {
    input: { ...key, ...person } as z.ZodRawShape,
    // everybody may leave
    may: (view: View, input) =>
      (view.actor.kind === 'user' && view.actor.userId === (input as { userId: string }).userId ? mayRead : mayOwn)(view, input),
    async does(work, input) {
      const { userId } = input as { userId: string }
      await takeRole(work, subject(input), userId)
      return { subject: subject(input), userId }
    },
    afterwards: async (change, ports) => ({ enforcement: await ports.enforce(reach(change)) }),
  })
  return { list, set, remove } as unknown as MemberOperations
}
