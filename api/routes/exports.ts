import { z } from 'zod'
import {
  type DocumentExport,
  exportDocument,
  type ExportStatus,
  fileStates,
  formats,
  getExport,
  readExport,
} from '../../domain/conversion/export/export.ts'
import { jsonResponse, fileResponse, get, post } from '../http/endpoint.ts'

export const ExportBody = z
  .object({
    id: z.uuid(),
    state: z.enum(fileStates),
    format: z.enum(formats),
    name: z.string().describe('of the file'),
    problem: z.string().nullable().describe('why it failed'),
    warnings: z.array(z.string()).describe('what the file does not show'),
  })
  .meta({ id: 'Export' })

const one = jsonResponse(ExportBody, ({ id, state, format, name, problem, warnings }: ExportStatus) => ({
  id,
  state,
  format,
  name,
  problem: problem ?? null,
  warnings,
}))

const types = {
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  pdf: 'application/pdf',
}

export const exports = [
  post(
    '/documents/:documentName/exports',
    'Starts an export of a document to a file. An event tells you when the file is ready.',
    exportDocument,
    one,
  ),
  get('/exports/:exportId', 'Returns the state of an export that you started.', getExport, one),
  get(
    '/exports/:exportId/file',
    'Downloads the file of a finished export.',
    readExport,
    fileResponse(({ made, bytes }: { made: DocumentExport; bytes: Uint8Array }) => ({ bytes, name: made.name, type: types[made.format] })),
    { conflicts: true },
  ),
]
