import { z } from 'zod'
import type { Holder } from '../domain/access/grant.ts'
import type { EnforcedHolder, MemberOperations } from '../domain/access/member.ts'
import { Role } from '../domain/access/role.ts'
import type { Enforcement } from '../domain/kernel/operation.ts'
import { answer, del, type Endpoint, get, pageOf, put } from './endpoint.ts'
import { EnforcementBody } from './users.ts'

export const MemberBody = z
  .object({
    userId: z.uuid(),
    name: z.string(),
    role: Role,
    inherited: z.boolean().describe('held through the venture that it lies in'),
  })
  .meta({ id: 'Member' })

export const EnforcedBody = z.object({ enforcement: EnforcementBody }).meta({ id: 'Enforced' })

const present = ({ userId, name, role, inherited }: Holder) => ({ userId, name, role, inherited })
const member = answer(MemberBody, present)
const enforcedMember = answer(MemberBody.extend(EnforcedBody.shape), (holder: EnforcedHolder) => ({
  ...present(holder),
  enforcement: holder.enforcement,
}))
const enforced = answer(EnforcedBody, ({ enforcement }: { enforcement: Enforcement }) => ({ enforcement }))

/** The three endpoints of members beneath a path. */
export const membersAt = (path: string, { list, set, remove }: MemberOperations): Endpoint[] => [
  get(`${path}/members`, list, pageOf(member)),
  put(`${path}/members/:userId`, set, enforcedMember),
  del(`${path}/members/:userId`, remove, enforced),
]

/** The members under another name, for reading. */
export const teamAt = (path: string, { list }: MemberOperations): Endpoint => get(path, list, pageOf(member), { alias: true })
