import { z } from 'zod'
import { Role } from '../domain/access/role.ts'
import {
  type DocumentSeen,
  documentKinds,
  documentMembers,
  documentName,
  getDocument,
  listDocuments,
} from '../domain/documents/document.ts'
import { answer, get, pageOf } from './endpoint.ts'
import { membersAt } from './members.ts'

export const DocumentBody = z
  .object({
    documentName: z.string(),
    kind: z.enum(documentKinds),
    id: z.uuid(),
    title: z.string(),
    role: Role.describe('yours'),
    frozenAt: z.iso.datetime().nullable(),
    ventureId: z.uuid().nullable(),
    unread: z.boolean().describe('whether somebody else wrote since you last looked'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Document' })

const document = answer(DocumentBody, (seen: DocumentSeen) => ({
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
  get('/documents', listDocuments, pageOf(document)),
  get('/documents/:documentName', getDocument, document),
  ...membersAt('/documents/:documentName', documentMembers),
]
