import { z } from 'zod'
import type { Member } from '../../domain/access/grant.ts'
import type { EnforcedMember, MemberOperations } from '../../domain/access/member.ts'
import { Role } from '../../domain/access/role.ts'
import type { Enforcement } from '../../domain/kernel/operation.ts'
import { jsonResponse, del, type Endpoint, get, listResponse, put } from '../http/endpoint.ts'
import { EnforcementBody } from './users.ts'

export const MemberBody = z
  .object({
    userId: z.uuid(),
    name: z.string(),
    role: Role,
    inherited: z.boolean().describe('whether the role comes from the venture that contains it'),
    suspended: z.boolean().describe('whether the account is suspended; it then does not count as an owner'),
  })
  .meta({ id: 'Member' })

export const EnforcedBody = z.object({ enforcement: EnforcementBody }).meta({ id: 'Enforced' })

const serializeMember = ({ userId, name, role, inherited, suspended }: Member) => ({ userId, name, role, inherited, suspended })
const member = jsonResponse(MemberBody, serializeMember)
const enforcedMember = jsonResponse(MemberBody.extend(EnforcedBody.shape), (holder: EnforcedMember) => ({
  ...serializeMember(holder),
  enforcement: holder.enforcement,
}))
const enforced = jsonResponse(EnforcedBody, ({ enforcement }: { enforcement: Enforcement }) => ({ enforcement }))

/** The three endpoints of members. @param subject "a venture" */
export const memberEndpoints = (path: string, subject: string, { list, set, remove }: MemberOperations): Endpoint[] => [
  get(`${path}/members`, `Lists the members of ${subject}, owners first.`, list, listResponse(member)),
  put(`${path}/members/:userId`, `Gives a person a role in ${subject}, or another role.`, set, enforcedMember),
  del(`${path}/members/:userId`, `Removes a person from ${subject}.`, remove, enforced),
]

/** Lists members at another path. */
export const teamEndpoint = (path: string, { list }: MemberOperations): Endpoint =>
  get(path, `Another spelling of \`GET ${path.replace(/\/\w+$/, '/members').replace(/:(\w+)/g, '{$1}')}\`.`, list, listResponse(member), {
    alias: true,
  })
