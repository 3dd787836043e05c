import { onEvent, schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { ExportRequested } from './events.ts'
import { DocumentExport, forgetOldFiles, makeExport } from './export/export.ts'

export const conversion = defineSlice({
  name: 'conversion',
  description: 'Export of documents to files, and import of files.',
  entities: [DocumentExport],
  handlers: [onEvent([ExportRequested], makeExport, { serialPerSubject: true })],
  schedules: [schedule('27 * * * *', forgetOldFiles)],
})
