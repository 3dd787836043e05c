import { z } from 'zod'
import {
  type DocumentExport,
  exportDocument,
  type ExportStanding,
  fileStates,
  formats,
  getExport,
  readExport,
} from '../domain/files/export.ts'
import { answer, fileAnswer, get, post } from './endpoint.ts'

export const ExportBody = z
  .object({
    id: z.uuid(),
    state: z.enum(fileStates),
    format: z.enum(formats),
    name: z.string().describe('of the file'),
    problem: z.string().nullable().describe('why it failed'),
  })
  .meta({ id: 'Export' })

const one = answer(ExportBody, ({ id, state, format, name, problem }: ExportStanding) => ({
  id,
  state,
  format,
  name,
  problem: problem ?? null,
}))

const types = {
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pdf: 'application/pdf',
}

export const exports = [
  post('/documents/:documentName/exports', exportDocument, one),
  get('/exports/:exportId', getExport, one),
  get(
    '/exports/:exportId/file',
    readExport,
    fileAnswer(({ made, bytes }: { made: DocumentExport; bytes: Uint8Array }) => ({ bytes, name: made.name, type: types[made.format] })),
  ),
]
