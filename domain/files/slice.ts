import { defineSlice } from '../kernel/manifest/define-slice.ts'

export const files = defineSlice({ name: 'files', description: 'Exports of documents to files.', tables: ['kept_piece'] })
