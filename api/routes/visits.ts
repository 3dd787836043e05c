import { z } from 'zod'
import { getLastVisit, type LastVisit, recordVisit } from '../../domain/documents/visit.ts'
import { jsonResponse, get, put } from '../http/endpoint.ts'

export const VisitBody = z
  .object({
    at: z.number().int().describe('newest sequence number of the journal when you last viewed it; 0 if never'),
    lookedAt: z.iso.datetime().nullable(),
    head: z.number().int().describe('newest sequence number now'),
    changed: z.boolean().describe('whether somebody else has changed it since'),
  })
  .meta({ id: 'Visit' })

const visit = jsonResponse(VisitBody, ({ lookedAt, ...rest }: LastVisit) => ({ ...rest, lookedAt: lookedAt?.toISOString() ?? null }))

export const visits = [
  get(
    '/documents/:documentName/look',
    'Returns when you last looked at a document, and whether somebody else has changed it since.',
    getLastVisit,
    visit,
  ),
  put(
    '/documents/:documentName/look',
    'Records that you have looked at a document, up to a journal row or up to the newest.',
    recordVisit,
    visit,
  ),
]
