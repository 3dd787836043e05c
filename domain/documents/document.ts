/** Live documents: their names, their journal's head, and access. */
import { sql } from 'kysely'
import { z } from 'zod'
import { parentSql, rankToRole, heldSubjectsCte } from '../access/ancestry.ts'
import { createSubject } from '../access/grant.ts'
import { memberOperations } from '../access/member.ts'
import { requireOwner, requireViewer, getActorRole } from '../access/permission.ts'
import { requireSignedIn, requireSystem, requireUserId } from '../kernel/permission.ts'
import { type Role, isAtLeast } from '../access/role.ts'
import { searchInput } from '../access/with-role.ts'
import { likePattern } from '../kernel/text/like-pattern.ts'
import type { CamelRow } from '../kernel/db/table-row.ts'
import { defineEntity, p, timestamps } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { documentKinds, SubjectName, subjectPattern } from '../kernel/manifest/registry.ts'
import { command, query, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { type Page, paginate, parseCursor } from '../kernel/pagination.ts'
import { DocumentCreated, DocumentFrozen } from './events.ts'
import { unreadCondition } from './unread.ts'

/** The kinds that slices declare. */
export const DocumentKind = z.lazy(() => z.enum(documentKinds().sort()))

/** `<kind>:<uuid>`, in lower case: the name under which a document is opened, and the subject of its roles. */
export const DocumentName = SubjectName(documentKinds).meta({ id: 'DocumentName' })

let namePattern: RegExp | undefined

/** The parts of a document's name; undefined when the text is not such a name. */
export function parseDocumentName(text: string): { kind: string; id: string } | undefined {
  namePattern ??= subjectPattern(documentKinds())
  const match = text.length < 64 ? namePattern.exec(text) : null
  return match ? { kind: match[1] as string, id: match[2] as string } : undefined
}

export const documentName = ({ kind, id }: { kind: string; id: string }) => `${kind}:${id}`

const DocumentSchema = defineEntity({
  name: 'Document',
  tableName: 'document',
  properties: {
    id: p.uuid().primary(),
    kind: p.string(),
    title: p.string().length(200),
    head: p.bigint('number'),
    frozenAt: p.datetime().length(3).nullable(),
    ...timestamps(),
  },
})
/** A live document. `head` is the sequence number of its newest journal row. The id is that of its draft, venture or space. */
export class Document extends DocumentSchema.class {}
DocumentSchema.setClass(Document)

/** A document in a list, as one person sees it. */
export interface DocumentSummary {
  id: string
  kind: string
  title: string
  role: Role
  frozenAt: Date | null
  ventureId: string | null
  /** Whether someone else wrote since this person last visited. */
  unread: boolean
  createdAt: Date
  updatedAt: Date
}

/** Creates a live document with its first owner. Each kind of document calls this in the command of its owner. */
export async function createDocument(
  work: CommandContext,
  document: { kind: string; id: string; title: string; ventureId?: string | undefined; owner?: string },
): Promise<void> {
  const { kind, id, title, ventureId, owner = requireUserId(work) } = document
  const name = documentName(document)
  await createSubject(work, name, { parent: ventureId && `venture:${ventureId}`, owner })
  work.em.persist(work.em.create(Document, { id, kind, title, head: 0, frozenAt: null }))
  work.emit(DocumentCreated, { subject: name, audience: [name], data: { documentName: name, title } })
}

/** Updates the title by which the document is found. */
export async function updateDocumentTitle(work: CommandContext, id: string, title: string): Promise<void> {
  const document = await work.em.findOneOrFail(Document, id)
  document.title = title
}

const subjectOf = ({ documentName }: { documentName: string }) => documentName

/** How a document is opened live. REST, sockets and each later authorization of a connection run this query. */
export const openDocument = query('documents.openDocument', {
  input: { documentName: DocumentName },
  authorize: requireViewer(subjectOf),
  async execute(view, { documentName }): Promise<{ role: Role; access: 'read' | 'suggest' | 'write'; frozen: boolean }> {
    const document = await findDocument(view, documentName)
    const role = await getActorRole(view, documentName)
    const frozen = document.frozenAt !== null
    if (frozen || !isAtLeast(role, 'commenter')) return { role, frozen, access: 'read' }
    return { role, frozen, access: isAtLeast(role, 'editor') ? 'write' : 'suggest' }
  },
})

export async function findDocument(view: QueryContext, name: string): Promise<Document> {
  const parsed = parseDocumentName(name)
  if (!parsed) throw notFound()
  return view.em.findOneOrFail(Document, parsed)
}

/** Documents of a kind that can be edited and were changed since a time: when each was changed, by id. */
export async function readChangeTimes(view: QueryContext, kind: string, since: Date): Promise<Map<string, Date>> {
  const changed = await view.em.find(Document, { kind, frozenAt: null, updatedAt: { $gt: since } })
  return new Map(changed.map(({ id, updatedAt }) => [id, updatedAt]))
}

/** Holds a document's row until the transaction ends. */
export async function lockDocument(work: CommandContext, id: string): Promise<void> {
  await work.db.selectFrom('document').select('id').where('id', '=', id).forUpdate().execute()
}

/** Whether nothing authorize be written to a document any more; so it is, too, where there is none. */
export const isFrozen = query('documents.isFrozen', {
  input: { id: z.uuid() },
  authorize: requireSystem,
  execute: async (view, { id }): Promise<boolean> => (await view.em.findOne(Document, { id }))?.frozenAt !== null,
})

export const getDocument = query('documents.getDocument', {
  input: { documentName: DocumentName },
  authorize: requireViewer(subjectOf),
  async execute(view, { documentName }): Promise<DocumentSummary> {
    const { rows } = await selectSummaries(view, sql`d.id = ${parseDocumentName(documentName)?.id} and held.name = ${documentName}`, 1)
    if (!rows[0]) throw notFound()
    return toSummary(rows[0])
  },
})

/** All documents that the actor can open, most recently changed first. */
export const listDocuments = query('documents.listDocuments', {
  input: { ...searchInput, kind: DocumentKind.optional() },
  authorize: requireSignedIn,
  async execute(view: QueryContext, { limit, cursor, q, kind }): Promise<Page<DocumentSummary>> {
    const after = parseCursor(cursor)
    const conditions = [sql`true`]
    if (kind) conditions.push(sql`d.kind = ${kind}`)
    if (q) conditions.push(sql`d.title ilike ${likePattern(q)}`)
    if (after) conditions.push(sql`(d.updated_at, d.id) < (${after.at}::timestamptz, ${after.id}::uuid)`)
    const { rows } = await selectSummaries(view, sql.join(conditions, sql` and `), limit + 1)
    return paginate(rows, limit, (row) => ({ at: new Date(row.updatedAt).toISOString(), id: row.id }), toSummary)
  },
})

type SummaryRow = CamelRow<'document', 'id' | 'kind' | 'title' | 'frozen_at' | 'created_at' | 'updated_at'> & {
  rank: number
  parent: string | null
  unread: boolean
}

function selectSummaries(view: QueryContext, condition: ReturnType<typeof sql>, limit: number) {
  const userId = requireUserId(view)
  return sql<SummaryRow>`
    with recursive ${heldSubjectsCte(userId)}
    select d.id, d.kind, d.title, held.rank, d.frozen_at as "frozenAt", ${sql.raw(parentSql('held.name'))} as parent, ${unreadCondition(userId, sql`l.at`)} as unread,
      d.created_at as "createdAt", d.updated_at as "updatedAt"
    from held join document d
      on d.id = split_part(held.name, ':', 2)::uuid and d.kind = split_part(held.name, ':', 1)
    left join document_look l on l.document = d.id and l."user" = ${userId}
    where ${condition} order by d.updated_at desc, d.id desc limit ${limit}`.execute(view.db)
}

function toSummary({ rank, parent, ...row }: SummaryRow): DocumentSummary {
  return {
    ...row,
    role: rankToRole(Number(rank)),
    ventureId: parent?.startsWith('venture:') ? parent.slice('venture:'.length) : null,
    frozenAt: row.frozenAt === null ? null : new Date(row.frozenAt),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
  }
}

/** Freezes a document for good, as a part of a command: its journal takes no more edits. Enforce the change after the commit. */
export function freezeIn(work: CommandContext, document: Document): void {
  const name = documentName(document)
  document.frozenAt = work.now
  work.emit(DocumentFrozen, { subject: name, audience: [name], data: { documentName: name } })
}

/** Freezes a document for good: its journal takes no more edits. */
export const freezeDocument = command('documents.freezeDocument', {
  input: { documentName: DocumentName },
  authorize: requireOwner(subjectOf),
  async execute(work, { documentName }) {
    const document = await findDocument(work, documentName)
    if (document.frozenAt) throw new DomainError('conflict', 'The document is already frozen.')
    freezeIn(work, document)
    return documentName
  },
  async afterCommit(documentName, ports) {
    return ports.enforce({ subject: documentName })
  },
})

export const documentMembers = memberOperations('documents', { documentName: DocumentName }, subjectOf, (change) => change)
