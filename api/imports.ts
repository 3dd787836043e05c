import { z } from 'zod'
import { fileStates } from '../domain/files/export.ts'
import { type DocumentImport, getImport, importDraft } from '../domain/legal/import.ts'
import { answer, get, post } from './endpoint.ts'

export const ImportBody = z
  .object({
    id: z.uuid(),
    state: z.enum(fileStates),
    name: z.string(),
    documentName: z.string().nullable().describe('the new draft, once it is done'),
    problem: z.string().nullable().describe('why it failed'),
    warnings: z.array(z.string()).describe('what was left out'),
  })
  .meta({ id: 'Import' })

const one = answer(ImportBody, ({ id, state, name, documentName, problem, warnings }: DocumentImport) => ({
  id,
  state,
  name,
  documentName: documentName ?? null,
  problem: problem ?? null,
  warnings,
}))

export const imports = [post('/imports', importDraft, one, { upload: true }), get('/imports/:importId', getImport, one)]
