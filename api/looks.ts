import { z } from 'zod'
import { getLook, type Look, putLook } from '../domain/documents/look.ts'
import { answer, get, put } from './endpoint.ts'

export const LookBody = z
  .object({
    at: z.number().int().describe('the newest row of the journal when you last looked; 0 when you never did'),
    lookedAt: z.iso.datetime().nullable(),
    head: z.number().int().describe('the newest row now'),
    changed: z.boolean().describe('whether somebody else wrote since'),
  })
  .meta({ id: 'Look' })

const look = answer(LookBody, ({ lookedAt, ...rest }: Look) => ({ ...rest, lookedAt: lookedAt?.toISOString() ?? null }))

export const looks = [get('/documents/:documentName/look', getLook, look), put('/documents/:documentName/look', putLook, look)]
