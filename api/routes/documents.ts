import { z } from 'zod'
import { Role } from '../../domain/access/role.ts'
import {
  type DocumentSummary,
  DocumentKind,
  documentMembers,
  documentName,
  getDocument,
  listDocuments,
} from '../../domain/documents/document.ts'
import { jsonResponse, get, listResponse } from '../http/endpoint.ts'
import { memberEndpoints } from './members.ts'

export const DocumentBody = z
  .object({
    documentName: z.string(),
    kind: DocumentKind,
    id: z.uuid(),
    title: z.string(),
    role: Role.describe('yours'),
    frozenAt: z.iso.datetime().nullable(),
    ventureId: z.uuid().nullable(),
    unread: z.boolean().describe('whether somebody else has changed it since you last viewed it'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Document' })

const document = jsonResponse(DocumentBody, (seen: DocumentSummary) => ({
  documentName: documentName(seen),
  kind: seen.kind,
  id: seen.id,
  title: seen.title,
  role: seen.role,
  frozenAt: seen.frozenAt?.toISOString() ?? null,
  ventureId: seen.ventureId,
  unread: seen.unread,
  createdAt: seen.createdAt.toISOString(),
  updatedAt: seen.updatedAt.toISOString(),
}))

export const documents = [
  get('/documents', 'Lists the live documents that you can read, the last changed first.', listDocuments, listResponse(document)),
  get('/documents/:documentName', 'Returns the title, your role and the state of one live document.', getDocument, document),
  ...memberEndpoints('/documents/:documentName', 'a document', documentMembers),
]
