/** Members of a subject: listing, adding and removing people with a role. The same three operations for every kind of subject. */
import { z } from 'zod'
import type { AccessChange, Command, Enforcement, Query, QueryContext } from '../kernel/operation.ts'
import { command, query } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { grantRole, type Member, readMembers, revokeRole } from './grant.ts'
import { isOwnerless } from './ownership.ts'
import { isAdmin } from '../kernel/permission.ts'
import { requireOwner, requireViewer } from './permission.ts'
import { Role } from './role.ts'

/** A member after a change, and how the change was enforced on live connections. */
export type EnforcedMember = Member & { enforcement: Enforcement }

export interface MemberOperations {
  list: Query<z.ZodObject, Page<Member>>
  set: Command<z.ZodObject, EnforcedMember>
  remove: Command<z.ZodObject, { enforcement: Enforcement }>
}

/**
 * @param slice names the operations: `<slice>.listMembers`, `.setMember`, `.removeMember`
 * @param key the input that tells which subject, as in `{ id: z.uuid() }`
 * @param affects what a change reaches: the subject alone, or all that the person has open, where others lie in it
 */
export function memberOperations<S extends z.ZodRawShape>(
  slice: string,
  key: S,
  subjectOf: (input: z.output<z.ZodObject<S>>) => string,
  affects: (change: Required<Pick<AccessChange, 'subject' | 'userId'>>) => AccessChange,
): MemberOperations {
  type Key = z.output<z.ZodObject<S>>
  const subject = (input: unknown) => subjectOf(input as Key)
  const requireSubjectViewer = requireViewer(subject)
  const requireSubjectOwner = requireOwner(subject)
  /** Administrators are allowed, too, where no active owner is left: they see the members, and appoint an owner. */
  const isOwnerlessForAdmin = async (view: QueryContext, input: unknown) => isAdmin(view) && (await isOwnerless(view, subject(input)))
  const person = { userId: z.uuid() }

  const list = query(`${slice}.listMembers`, {
    input: { ...key, ...paging } as z.ZodRawShape,
    authorize: async (view, input) => {
      if (!(await isOwnerlessForAdmin(view, input))) await requireSubjectViewer(view, input)
    },
    async execute(view, input): Promise<Page<Member>> {
      const { limit, cursor } = input as { limit: number; cursor?: string }
      const after = parseCursor(cursor)
      const members = await readMembers(view, subject(input))
      const start = after ? members.findIndex(({ userId }) => userId === after.id) + 1 : 0
      // owners first, then by name: the cursor is a person, without a time
      return paginate(
        members.slice(start, start + limit + 1),
        limit,
        ({ userId }) => ({ at: new Date(0).toISOString(), id: userId }),
        (member) => member,
      )
    },
  })
  const set = command(`${slice}.setMember`, {
    input: { ...key, ...person, role: Role } as z.ZodRawShape,
    authorize: async (view, input) => {
      const appoints = (input as { role: Role }).role === 'owner'
      if (!(appoints && (await isOwnerlessForAdmin(view, input)))) await requireSubjectOwner(view, input)
    },
    async execute(work, input) {
      const { userId, role } = input as { userId: string; role: Role }
      return { holder: await grantRole(work, subject(input), userId, role), change: { subject: subject(input), userId } }
    },
    afterCommit: async ({ holder, change }, ports) => ({ ...holder, enforcement: await ports.enforce(affects(change)) }),
  })
  const remove = command(`${slice}.removeMember`, {
    input: { ...key, ...person } as z.ZodRawShape,
    // everyone may leave
    authorize: (view: QueryContext, input) =>
      (view.actor.kind === 'person' && view.actor.id === (input as { userId: string }).userId ? requireSubjectViewer : requireSubjectOwner)(
        view,
        input,
      ),
    async execute(work, input) {
      const { userId } = input as { userId: string }
      await revokeRole(work, subject(input), userId)
      return { subject: subject(input), userId }
    },
    afterCommit: async (change, ports) => ({ enforcement: await ports.enforce(affects(change)) }),
  })
  return { list, set, remove } as unknown as MemberOperations
}
