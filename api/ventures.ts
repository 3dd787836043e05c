import { z } from 'zod'
import { Role } from '../domain/access/role.ts'
import type { Seen } from '../domain/access/seen.ts'
import { createVenture, getVenture, listVentures, updateVenture, type Venture, ventureMembers } from '../domain/ventures/venture.ts'
import { answer, get, pageOf, patch, post, put } from './endpoint.ts'
import { membersAt, teamAt } from './members.ts'

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

const venture = answer(
  VentureBody,
  ({ thing: { id, name, purpose, createdAt, updatedAt }, role }: Seen<Venture>) => ({
    id,
    name,
    purpose: purpose ?? null,
    planDocumentName: `plan:${id}`,
    role,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }),
  ({ thing }) => thing.version,
)

export const ventures = [
  get('/ventures', listVentures, pageOf(venture)),
  post('/ventures', createVenture, venture),
  post('/ventures/create', createVenture, venture, { alias: true }),
  get('/ventures/:id', getVenture, venture),
  patch('/ventures/:id', updateVenture, venture),
  put('/ventures/:id', updateVenture, venture, { alias: true }),
  ...membersAt('/ventures/:id', ventureMembers),
  teamAt('/ventures/:id/team', ventureMembers),
]
