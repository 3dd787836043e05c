import { z } from 'zod'
import { Role } from '../../domain/access/role.ts'
import type { WithRole } from '../../domain/access/with-role.ts'
import { createVenture, getVenture, listVentures, updateVenture, type Venture, ventureMembers } from '../../domain/ventures/venture.ts'
import { jsonResponse, get, listResponse, patch, post, put } from '../http/endpoint.ts'
import { memberEndpoints, teamEndpoint } from './members.ts'

export const VentureBody = z
  .object({
    id: z.uuid(),
    name: z.string(),
    purpose: z.string().nullable(),
    planDocumentName: z.string().describe('its live plan'),
    role: Role.describe('yours'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Venture' })

const venture = jsonResponse(
  VentureBody,
  ({ entity: { id, name, purpose, createdAt, updatedAt }, role }: WithRole<Venture>) => ({
    id,
    name,
    purpose: purpose ?? null,
    planDocumentName: `plan:${id}`,
    role,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }),
  ({ entity }) => entity.version,
)

export const ventures = [
  get('/ventures', 'Lists the ventures in which you have a role, newest first.', listVentures, listResponse(venture)),
  post('/ventures', 'Creates a venture. You become its owner.', createVenture, venture),
  post('/ventures/create', 'Another spelling of `POST /ventures`.', createVenture, venture, { alias: true }),
  get('/ventures/:id', 'Returns one venture.', getVenture, venture),
  patch('/ventures/:id', 'Changes the name or the purpose of a venture.', updateVenture, venture),
  put('/ventures/:id', 'Another spelling of `PATCH /ventures/{id}`.', updateVenture, venture, { alias: true }),
  ...memberEndpoints('/ventures/:id', 'a venture', ventureMembers),
  teamEndpoint('/ventures/:id/team', ventureMembers),
]
