/** Members of a subject: listing, adding and removing people with a role. The same three operations for every kind of subject. */
import { z } from 'zod'
import type { AccessChange, Command, Enforcement, Permission, Query, QueryContext } from '../kernel/operation.ts'
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

/** What the operations share: the kind of subject, and who is allowed. */
interface MemberRules<S extends z.ZodRawShape> {
  slice: string
  key: S
  subjectOf: (input: unknown) => string
  affects: (change: MemberChange) => AccessChange
  requireViewer: Permission<unknown>
  requireOwner: Permission<unknown>
  /** Administrators are allowed, too, where no active owner is left: they see the members, and appoint an owner. */
  isOwnerlessForAdmin: (view: QueryContext, input: unknown) => Promise<boolean>
}

type MemberChange = Required<Pick<AccessChange, 'subject' | 'userId'>>

const person = { userId: z.uuid() }

/**
 * @param slice names the operations: `<slice>.listMembers`, `.setMember`, `.removeMember`
 * @param key the input that tells which subject, as in `{ id: z.uuid() }`
 * @param affects what a change reaches: the subject alone, or all that the person has open, where others lie in it
 */
export function memberOperations<S extends z.ZodRawShape>(
  slice: string,
  key: S,
  subjectOf: (input: z.output<z.ZodObject<S>>) => string,
  affects: (change: MemberChange) => AccessChange,
): MemberOperations {
  const subject = (input: unknown) => subjectOf(input as z.output<z.ZodObject<S>>)
  const rules: MemberRules<S> = {
    slice,
    key,
    subjectOf: subject,
    affects,
    requireViewer: requireViewer(subject),
    requireOwner: requireOwner(subject),
    isOwnerlessForAdmin: async (view, input) => isAdmin(view) && (await isOwnerless(view, subject(input))),
  }
  return { list: listMembers(rules), set: setMember(rules), remove: removeMember(rules) } as unknown as MemberOperations
}

const listMembers = <S extends z.ZodRawShape>({ slice, key, subjectOf, requireViewer, isOwnerlessForAdmin }: MemberRules<S>) =>
  query(`${slice}.listMembers`, {
    input: { ...key, ...paging } as z.ZodRawShape,
    authorize: async (view, input) => {
      if (!(await isOwnerlessForAdmin(view, input))) await requireViewer(view, input)
    },
    async execute(view, input): Promise<Page<Member>> {
      const { limit, cursor } = input as { limit: number; cursor?: string }
      const after = parseCursor(cursor)
      const members = await readMembers(view, subjectOf(input))
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

const setMember = <S extends z.ZodRawShape>({ slice, key, subjectOf, affects, requireOwner, isOwnerlessForAdmin }: MemberRules<S>) =>
  command(`${slice}.setMember`, {
    input: { ...key, ...person, role: Role } as z.ZodRawShape,
    authorize: async (view, input) => {
      const appoints = (input as { role: Role }).role === 'owner'
      if (!(appoints && (await isOwnerlessForAdmin(view, input)))) await requireOwner(view, input)
    },
    async execute(work, input) {
      const { userId, role } = input as { userId: string; role: Role }
      const subject = subjectOf(input)
      return { holder: await grantRole(work, subject, userId, role), change: { subject, userId } }
    },
    afterCommit: async ({ holder, change }, ports) => ({ ...holder, enforcement: await ports.enforce(affects(change)) }),
  })

const removeMember = <S extends z.ZodRawShape>({ slice, key, subjectOf, affects, requireViewer, requireOwner }: MemberRules<S>) =>
  command(`${slice}.removeMember`, {
    input: { ...key, ...person } as z.ZodRawShape,
    // everyone may leave
    authorize: (view: QueryContext, input) => {
      const leaves = view.actor.kind === 'person' && view.actor.id === (input as { userId: string }).userId
      return leaves ? requireViewer(view, input) : requireOwner(view, input)
    },
    async execute(work, input) {
      const { userId } = input as { userId: string }
      const subject = subjectOf(input)
      await revokeRole(work, subject, userId)
      return { subject, userId }
    },
    afterCommit: async (change, ports) => ({ enforcement: await ports.enforce(affects(change)) }),
  })
