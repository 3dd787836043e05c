import { z } from 'zod'
import { Role } from '../domain/access/role.ts'
import type { Seen } from '../domain/access/seen.ts'
import { createSpace, getSpace, listSpaces, type Space, spaceMembers, updateSpace } from '../domain/spaces/space.ts'
import { answer, get, pageOf, patch, post } from './endpoint.ts'
import { membersAt } from './members.ts'

export const SpaceBody = z
  .object({
    id: z.uuid(),
    name: z.string(),
    ventureId: z.uuid().nullable(),
    documentName: z.string().describe('its live document'),
    role: Role.describe('yours'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Space' })

const space = answer(
  SpaceBody,
  ({ thing: { id, name, ventureId, createdAt, updatedAt }, role }: Seen<Space>) => ({
    id,
    name,
    ventureId: ventureId ?? null,
    documentName: `space:${id}`,
    role,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }),
  ({ thing }) => thing.version,
)

export const spaces = [
  get('/spaces', listSpaces, pageOf(space)),
  post('/spaces', createSpace, space),
  get('/spaces/:id', getSpace, space),
  patch('/spaces/:id', updateSpace, space),
  ...membersAt('/spaces/:id', spaceMembers),
]
