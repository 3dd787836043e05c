/** Living documents: what they are called, where their journal stands, and who may open them. */
import { sql } from 'kysely'
import { z } from 'zod'
import { createSubject, roleOfRank, subjectsHeldBy } from '../access/grant.ts'
import { memberOperations } from '../access/member.ts'
import { own, read, roleOfActor, signedIn, userOf } from '../access/permission.ts'
import { type Role, reaches } from '../access/role.ts'
import { containing, searching } from '../access/seen.ts'
import { defineEntity, p, times } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type View, type Work } from '../kernel/operation.ts'
import { type Page, pageOf, readCursor } from '../kernel/page.ts'
import { DocumentCreated, DocumentFrozen } from './events.ts'
import { unreadBy } from './unread.ts'

export const documentKinds = ['legal', 'plan', 'space'] as const
export type DocumentKind = (typeof documentKinds)[number]

const pattern = /^(legal|plan|space):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** `<kind>:<uuid>`, in lower case: the name under which a document is opened, and the subject of its roles. */
export const DocumentName = z.string().regex(pattern, 'takes <kind>:<uuid>; kinds are legal, plan and space').meta({ id: 'DocumentName' })

/** The parts of a document's name, or undefined when the text is no such name. */
export function parseDocumentName(text: string): { kind: DocumentKind; id: string } | undefined {
  const match = text.length < 64 ? pattern.exec(text) : null
  return match ? { kind: match[1] as DocumentKind, id: match[2] as string } : undefined
}

export const documentName = ({ kind, id }: { kind: DocumentKind; id: string }) => `${kind}:${id}`

const DocumentSchema = defineEntity({
  name: 'Document',
  tableName: 'document',
  properties: {
    id: p.uuid().primary(),
    kind: p.string().$type<DocumentKind>(),
    title: p.string().length(200),
    head: p.bigint('number'),
    frozenAt: p.datetime().length(3).nullable(),
    ...times(),
  },
})
/** A living document. `head` is the number of its newest journal row; the id is its owner's (the draft's, the venture's, the space's). */
export class Document extends DocumentSchema.class {}
DocumentSchema.setClass(Document)

/** A document as a list shows it to somebody. */
export interface DocumentSeen {
  id: string
  kind: DocumentKind
  title: string
  role: Role
  frozenAt: Date | null
  ventureId: string | null
  /** Whether somebody else wrote since this person last looked. */
  unread: boolean
  createdAt: Date
  updatedAt: Date
}

/** Makes the living document of something, with its first owner. A kind of document is one such call in its owner's command. */
export function createDocument(
  work: Work,
  told: { kind: DocumentKind; id: string; title: string; ventureId?: string | undefined; owner?: string },
): void {
  const { kind, id, title, ventureId, owner = userOf(work) } = told
  const name = documentName(told)
  createSubject(work, name, { parent: ventureId && `venture:${ventureId}`, owner })
  work.em.persist(work.em.create(Document, { id, kind, title, head: 0, frozenAt: null }))
  work.emit(DocumentCreated, { subject: name, audience: [name], data: { documentName: name, title } })
}

/** The document is found by its owner's title. */
export async function retitleDocument(work: Work, id: string, title: string): Promise<void> {
  const document = await work.em.findOneOrFail(Document, id)
  document.title = title
}

const subjectOf = ({ documentName }: { documentName: string }) => documentName

/** How a document is opened live: the one question behind REST, sockets and every later look at a connection. */
export const openDocument = query('documents.openDocument', {
  input: { documentName: DocumentName },
  may: read(subjectOf),
  async does(view, { documentName }): Promise<{ role: Role; access: 'read' | 'write'; frozen: boolean }> {
    const document = await findDocument(view, documentName)
    const role = await roleOfActor(view, documentName)
    const frozen = document.frozenAt !== null
    return { role, frozen, access: reaches(role, 'editor') && !frozen ? 'write' : 'read' }
  },
})

export async function findDocument(view: View, name: string): Promise<Document> {
  const parsed = parseDocumentName(name)
  if (!parsed) throw notFound()
  return view.em.findOneOrFail(Document, parsed)
}

export const getDocument = query('documents.getDocument', {
  input: { documentName: DocumentName },
  may: read(subjectOf),
  async does(view, { documentName }): Promise<DocumentSeen> {
    const { rows } = await selectSeen(view, sql`d.id = ${parseDocumentName(documentName)?.id} and held.name = ${documentName}`, 1)
    if (!rows[0]) throw notFound()
    return seen(rows[0])
  },
})

/** All documents that one may open, changed last first. */
export const listDocuments = query('documents.listDocuments', {
  input: { ...searching, kind: z.enum(documentKinds).optional() },
  may: signedIn,
  async does(view: View, { limit, cursor, q, kind }): Promise<Page<DocumentSeen>> {
    const after = readCursor(cursor)
    const conditions = [sql`true`]
    if (kind) conditions.push(sql`d.kind = ${kind}`)
    if (q) conditions.push(sql`d.title ilike ${containing(q)}`)
    if (after) conditions.push(sql`(d.updated_at, d.id) < (${after.at}::timestamptz, ${after.id}::uuid)`)
    const { rows } = await selectSeen(view, sql.join(conditions, sql` and `), limit + 1)
    return pageOf(rows, limit, (row) => ({ at: new Date(row.updatedAt).toISOString(), id: row.id }), seen)
  },
})

type SeenRow = Omit<DocumentSeen, 'role'> & { rank: number; parent: string | null }

function selectSeen(view: View, condition: ReturnType<typeof sql>, limit: number) {
  const userId = userOf(view)
  return sql<SeenRow>`
    with recursive ${subjectsHeldBy(userId)}
    select d.id, d.kind, d.title, held.rank, d.frozen_at as "frozenAt", s.parent, ${unreadBy(userId, sql`l.at`)} as unread,
      d.created_at as "createdAt", d.updated_at as "updatedAt"
    from held join document d
      on d.id = split_part(held.name, ':', 2)::uuid and d.kind = split_part(held.name, ':', 1) join subject s on s.name = held.name
    left join document_look l on l.document = d.id and l."user" = ${userId}
    where ${condition} order by d.updated_at desc, d.id desc limit ${limit}`.execute(view.em.getKysely() as never)
}

function seen({ rank, parent, ...row }: SeenRow): DocumentSeen {
  return {
    ...row,
    role: roleOfRank(Number(rank)),
    ventureId: parent?.startsWith('venture:') ? parent.slice('venture:'.length) : null,
    frozenAt: row.frozenAt && new Date(row.frozenAt),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  }
}

/** Ends all writing to a document, for good: no edit enters its journal any more. */
export const freezeDocument = command('documents.freezeDocument', {
  input: { documentName: DocumentName },
  may: own(subjectOf),
  async does(work, { documentName }) {
    const document = await findDocument(work, documentName)
    if (document.frozenAt) throw new DomainError('conflict', 'The document is frozen already.')
    document.frozenAt = work.now
    work.emit(DocumentFrozen, { subject: documentName, audience: [documentName], data: { documentName } })
    return documentName
  },
  async afterwards(documentName, ports) {
    return ports.enforce({ subject: documentName })
  },
})

export const documentMembers = memberOperations('documents', { documentName: DocumentName }, subjectOf, (change) => change)
