import { z } from 'zod'
import { fileStates } from '../../domain/conversion/export/export.ts'
import { type DocumentImport, getImport, importDraft } from '../../domain/legal/import.ts'
import { jsonResponse, get, post } from '../http/endpoint.ts'

export const ImportBody = z
  .object({
    id: z.uuid(),
    state: z.enum(fileStates),
    name: z.string(),
    documentName: z.string().nullable().describe('the new draft, when it is finished'),
    problem: z.string().nullable().describe('why it failed'),
    warnings: z.array(z.string()).describe('what was left out'),
  })
  .meta({ id: 'Import' })

const one = jsonResponse(ImportBody, ({ id, state, name, documentName, problem, warnings }: DocumentImport) => ({
  id,
  state,
  name,
  documentName: documentName ?? null,
  problem: problem ?? null,
  warnings,
}))

export const imports = [
  post(
    '/imports',
    'Uploads a file and starts its conversion to a legal draft. An event tells you when the draft is ready.',
    importDraft,
    one,
    { upload: true },
  ),
  get('/imports/:importId', 'Returns the state of an import that you started.', getImport, one),
]
