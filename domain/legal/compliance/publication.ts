/** Published texts: a kind is required only while an administrator has published its text, as a frozen draft with a version. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireViewer } from '../../access/permission.ts'
import { findDocument, freezeIn, lockDocument } from '../../documents/document.ts'
import { readCommittedDocument } from '../../documents/journal/snapshot.ts'
import { readFields } from '../../documents/richtext/variables.ts'
import { readCanonicalText, readContentHash } from '../../history/content-hash.ts'
import type { CamelRow } from '../../kernel/db/table-row.ts'
import { newId } from '../../kernel/entity.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { command, type CommandContext, query, type Permission, type QueryContext } from '../../kernel/operation.ts'
import { requireAdmin, requireSignedIn, requireUserId } from '../../kernel/permission.ts'
import { isFinal } from '../../workflows/definition.ts'
import { Draft, draftSubject } from '../draft-entity.ts'
import { KindPublished, KindWithdrawn } from '../events.ts'
import { listEmptyFields } from '../field.ts'
import { legalDocumentMachine } from '../machine/document-machine.ts'
import { isEmptyText } from '../machine/document-facts.ts'
import { type LegalKindSlug, legalKindSlugs } from './legal-kind.ts'

/** A published text of a kind. A major version must be signed again, a minor one not. */
export interface Publication {
  id: string
  kind: LegalKindSlug
  documentId: string
  contentHash: string
  major: number
  minor: number
  publishedAt: Date
  publishedBy: string | null
  /** When its major version was first published. */
  majorSince: Date
}

type Row = CamelRow<
  'legal_publication',
  'id' | 'kind' | 'document_id' | 'content_hash' | 'major' | 'minor' | 'published_at' | 'published_by' | 'major_since'
>

const columns = sql.raw(`id, kind, document_id as "documentId", content_hash as "contentHash", major, minor, published_at as "publishedAt",
  published_by as "publishedBy", major_since as "majorSince"`)

/** The version of a publication, as semantic versions are written. */
export const formatVersion = ({ major, minor }: Pick<Publication, 'major' | 'minor'>): string => `${major}.${minor}.0`

/** The newest publication of each kind that is not withdrawn. */
export async function readPublications(view: QueryContext, kind?: LegalKindSlug): Promise<Map<LegalKindSlug, Publication>> {
  const { rows } = await sql<Row>`
    select ${columns} from legal_publication where withdrawn_at is null and ${kind ? sql`kind = ${kind}` : sql`true`}`.execute(view.db)
  return new Map(rows.map((row) => [row.kind as LegalKindSlug, toPublication(row)]))
}

const toPublication = (row: Row): Publication => ({
  ...row,
  kind: row.kind as LegalKindSlug,
  publishedAt: new Date(row.publishedAt),
  majorSince: new Date(row.majorSince),
})

/** The publication that a signed document is: its own draft, or one with the same text. Withdrawn and older ones count, too. */
export async function findPublicationOf(view: QueryContext, kind: LegalKindSlug, documentId: string): Promise<Publication | undefined> {
  const { rows } = await sql<Row>`
    select ${columns} from legal_publication where kind = ${kind} order by major desc, minor desc`.execute(view.db)
  let found = rows.find((row) => row.documentId === documentId)
  if (!found && rows.length > 0) {
    const { hash } = await readContentHash(view, draftSubject({ id: documentId }))
    found = rows.find(({ contentHash }) => contentHash === hash)
  }
  return found && toPublication(found)
}

export const Kind = z.enum(legalKindSlugs)
const kindInput = { kind: Kind }

/** A kind with its published text. */
export interface PublishedText {
  publication: Publication
  /** The canonical text, from which the content hash is computed. */
  text: Record<string, unknown>
}

/** The published text of a kind, for everyone who is signed in. */
export const getPublishedText = query('legal.getPublishedText', {
  input: kindInput,
  authorize: requireSignedIn,
  async execute(view, { kind }): Promise<PublishedText> {
    const publication = (await readPublications(view, kind)).get(kind)
    if (!publication) throw notFound()
    const { text } = await readCanonicalText(view, draftSubject({ id: publication.documentId }))
    return { publication, text: JSON.parse(text) as Record<string, unknown> }
  },
})

/** Administrators who can read the draft. */
const requirePublisher: Permission<{ documentId: string }> = async (view, { documentId }) => {
  await requireAdmin(view, undefined)
  await requireViewer(draftSubject)(view, { id: documentId })
}

/** Publishes the text of a draft as the text of its kind, and freezes the draft. */
export const publishKind = command('legal.publishKind', {
  input: {
    ...kindInput,
    documentId: z.uuid().describe('a draft of this kind'),
    change: z
      .enum(['major', 'minor'])
      .default('major')
      .describe('a major version must be signed again; a minor one does not change what people have signed'),
  },
  authorize: requirePublisher,
  async prepare(view, { kind, documentId }) {
    const { kind: kindOfDraft, state } = await view.em.findOneOrFail(Draft, documentId)
    if (kindOfDraft !== kind) {
      const message = `must be a draft of the kind ${kind}; its kind is ${kindOfDraft}`
      throw new DomainError('invalid-input', `documentId: ${message}`, { fields: [{ path: 'documentId', message }] })
    }
    if (isFinal(legalDocumentMachine, state)) throw new DomainError('conflict', `A document in the state ${state} cannot be published.`)
    const { document } = await readCommittedDocument(view, documentId)
    if (isEmptyText(document)) throw new DomainError('conflict', 'The document has no text.')
    const empty = listEmptyFields(readFields(document))
    if (empty.length > 0) throw new DomainError('conflict', `These fields are empty: ${empty.join(', ')}.`)
    return readContentHash(view, draftSubject({ id: documentId }))
  },
  async execute(work, { kind, documentId, change }, { hash, at }): Promise<Publication> {
    const name = draftSubject({ id: documentId })
    await lockDocument(work, documentId)
    const document = await findDocument(work, name)
    if (document.head !== at)
      throw new DomainError('conflict', 'The document was edited in the meantime. Read it again, then repeat your request.')
    if (!document.frozenAt) freezeIn(work, document)
    const { rows } = await sql<Pick<Row, 'id' | 'major' | 'minor' | 'majorSince'> & { current: boolean }>`
      select id, major, minor, major_since as "majorSince", withdrawn_at is null as current from legal_publication
      where kind = ${kind} order by major desc, minor desc limit 1 for update`.execute(work.db)
    const last = rows[0]
    const isMinor = change === 'minor' && last?.current === true
    const next = isMinor ? { major: last.major, minor: last.minor + 1 } : { major: (last?.major ?? 0) + 1, minor: 0 }
    const majorSince = isMinor ? new Date(last.majorSince) : work.now
    await withdraw(work, kind)
    const publication: Publication = {
      id: newId(),
      kind,
      documentId,
      contentHash: hash,
      ...next,
      majorSince,
      publishedAt: work.now,
      publishedBy: requireUserId(work),
    }
    await work.db
      .insertInto('legal_publication')
      .values({
        id: publication.id,
        kind,
        document_id: documentId,
        content_hash: hash,
        ...next,
        major_since: majorSince,
        published_at: work.now,
        published_by: publication.publishedBy,
      })
      .execute()
    work.emit(KindPublished, {
      subject: name,
      audience: ['platform'],
      data: { kind, version: formatVersion(next), major: next.minor === 0 },
    })
    return publication
  },
  async afterCommit(publication, ports): Promise<Publication> {
    await ports.enforce({ subject: draftSubject({ id: publication.documentId }) })
    return publication
  },
})

const withdraw = (work: CommandContext, kind: LegalKindSlug) =>
  work.db
    .updateTable('legal_publication')
    .set({ withdrawn_at: work.now })
    .where('kind', '=', kind)
    .where('withdrawn_at', 'is', null)
    .execute()

/** Withdraws the published text of a kind, which is then no longer required. */
export const withdrawKind = command('legal.withdrawKind', {
  input: kindInput,
  authorize: requireAdmin,
  async execute(work, { kind }): Promise<void> {
    const publication = (await readPublications(work, kind)).get(kind)
    if (!publication) throw notFound()
    await withdraw(work, kind)
    work.emit(KindWithdrawn, { subject: draftSubject({ id: publication.documentId }), audience: ['platform'], data: { kind } })
  },
})
