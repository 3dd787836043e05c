import { z } from 'zod'
import { Role } from '../../domain/access/role.ts'
import type { WithRole } from '../../domain/access/with-role.ts'
import { createSpace, getSpace, listSpaces, type Space, spaceMembers, updateSpace } from '../../domain/spaces/space.ts'
import { jsonResponse, get, listResponse, patch, post } from '../http/endpoint.ts'
import { memberEndpoints } from './members.ts'

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

const space = jsonResponse(
  SpaceBody,
  ({ entity: { id, name, ventureId, createdAt, updatedAt }, role }: WithRole<Space>) => ({
    id,
    name,
    ventureId: ventureId ?? null,
    documentName: `space:${id}`,
    role,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }),
  ({ entity }) => entity.version,
)

export const spaces = [
  get('/spaces', 'Lists the team spaces that you can enter, newest first.', listSpaces, listResponse(space)),
  post('/spaces', 'Creates a team space, alone or inside a venture. You become its owner.', createSpace, space),
  get('/spaces/:id', 'Returns one team space.', getSpace, space),
  patch('/spaces/:id', 'Renames a team space.', updateSpace, space),
  ...memberEndpoints('/spaces/:id', 'a team space', spaceMembers),
]
