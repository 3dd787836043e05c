import { z } from 'zod'
import { listOwnerless, type TitledSubject } from '../../domain/access/ownership.ts'
import { jsonResponse, get, listResponse } from '../http/endpoint.ts'

export const OwnerlessBody = z
  .object({ subject: z.string().describe('`space:<id>`, `venture:<id>`, `legal:<id>`'), title: z.string().nullable() })
  .meta({ id: 'Ownerless' })

const ownerless = jsonResponse(OwnerlessBody, ({ subject, title }: TitledSubject) => ({ subject, title }))

export const ownership = [
  get('/access/ownerless', 'Lists the subjects that have no active owner. For administrators.', listOwnerless, listResponse(ownerless)),
]
