import { z } from 'zod'
import type { Enforcement } from '../../domain/kernel/operation.ts'
import { deleteUser, getUser, listAccounts, listUsers, type User, updateUser, userRoles, userStatuses } from '../../domain/users/user.ts'
import { jsonResponse, del, get, listResponse, patch, put } from '../http/endpoint.ts'

/** Public profile of a person. */
export const PersonBody = z.object({ id: z.uuid(), name: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'Person' })

/** Account, for its owner and administrators. */
export const UserBody = z
  .object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    role: z.enum(userRoles),
    status: z.enum(userStatuses),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' })

export const EnforcementBody = z
  .object({
    nodes: z.number().int().describe('nodes that were notified'),
    confirmed: z.number().int().describe('nodes that have confirmed that the change is in force'),
    milliseconds: z.number(),
  })
  .meta({ id: 'Enforcement' })

export const serializeOwnUser = ({ id, name, email, role, status, createdAt, updatedAt }: User): z.infer<typeof UserBody> => ({
  id,
  name,
  email,
  role,
  status,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

export const ownUser = jsonResponse(UserBody, serializeOwnUser, ({ version }) => version)

const person = jsonResponse(
  PersonBody,
  ({ id, name, createdAt }: User) => ({ id, name, createdAt: createdAt.toISOString() }),
  ({ version }) => version,
)

const changedUser = jsonResponse(
  UserBody.extend({ enforcement: EnforcementBody }),
  ({ user, enforcement }: { user: User; enforcement: Enforcement }) => ({ ...serializeOwnUser(user), enforcement }),
  ({ user }) => user.version,
)

export const users = [
  get('/users', 'Lists people. `q` matches part of a name or a whole e-mail address.', listUsers, listResponse(person)),
  get('/accounts', 'Lists people with address, role and status, newest first. For administrators.', listAccounts, listResponse(ownUser)),
  get('/users/:id', 'Returns the public profile of a person.', getUser, person),
  patch(
    '/users/:id',
    'Renames a person. Administrators can also suspend and reactivate an account, and make somebody an administrator.',
    updateUser,
    changedUser,
  ),
  put('/users/:id', 'Another spelling of `PATCH /users/{id}`.', updateUser, changedUser, { alias: true }),
  del('/users/:id', 'Deletes an account. What the person wrote stays. Refused for the only active owner of something shared.', deleteUser),
]
