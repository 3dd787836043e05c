import { z } from 'zod'
import type { Enforcement } from '../domain/kernel/operation.ts'
import { deleteUser, getUser, listUsers, type User, updateUser, userRoles, userStatuses } from '../domain/users/user.ts'
import { answer, del, get, pageOf, patch, put } from './endpoint.ts'

/** A person as others see them. */
export const PersonBody = z.object({ id: z.uuid(), name: z.string(), createdAt: z.iso.datetime() }).meta({ id: 'Person' })

/** A person as they themselves and administrators see them. */
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
    nodes: z.number().int().describe('nodes that were told'),
    confirmed: z.number().int().describe('nodes on which every live connection is as it should be now'),
    milliseconds: z.number(),
  })
  .meta({ id: 'Enforcement' })

export const presentOwnUser = ({ id, name, email, role, status, createdAt, updatedAt }: User): z.infer<typeof UserBody> => ({
  id,
  name,
  email,
  role,
  status,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

export const ownUser = answer(UserBody, presentOwnUser, ({ version }) => version)

const person = answer(
  PersonBody,
  ({ id, name, createdAt }: User) => ({ id, name, createdAt: createdAt.toISOString() }),
  ({ version }) => version,
)

const changedUser = answer(
  UserBody.extend({ enforcement: EnforcementBody }),
  ({ user, enforcement }: { user: User; enforcement: Enforcement }) => ({ ...presentOwnUser(user), enforcement }),
  ({ user }) => user.version,
)

export const users = [
  get('/users', listUsers, pageOf(person)),
  get('/users/:id', getUser, person),
  patch('/users/:id', updateUser, changedUser),
  put('/users/:id', updateUser, changedUser, { alias: true }),
  del('/users/:id', deleteUser),
]
