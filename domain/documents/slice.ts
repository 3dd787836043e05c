import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { Document, freezeDocument, openDocument } from './document.ts'
import { DocumentFrozen } from './events.ts'

export const documents = defineSlice({
  name: 'documents',
  description: 'Live documents: members, history, comments and suggestions.',
  entities: [Document],
  tables: ['document_look', 'document_session', 'document_snapshot', 'document_update'],
  accessEvents: [{ on: DocumentFrozen, affects: ({ data }) => ({ subject: data.documentName as string }) }],
  staleQueries: [{ on: DocumentFrozen, keys: [['document', '$subject']] }],
  internal: [openDocument, freezeDocument],
})
