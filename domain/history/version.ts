/** Versions: named revisions of a document. They stay exact: an edit session ends at each version. */
import { z } from 'zod'
import { requireEditor, requireViewer } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { defineEntity, newId, p } from '../kernel/entity.ts'
import { command, query, type QueryContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { DocumentName, findDocument } from '../documents/document.ts'
import { VersionDeleted, VersionNamed } from './events.ts'
import { type Author, resolveRevision, RowNumber } from './revision.ts'
import { readNames } from '../users/display-name.ts'
import { singleLine } from '../kernel/text/well-formed.ts'

const VersionSchema = defineEntity({
  name: 'Version',
  tableName: 'document_version',
  properties: {
    id: p.uuid().primary(),
    document: p.uuid(),
    name: p.string().length(200),
    at: p.bigint('number'),
    userId: p.uuid(),
    createdAt: p.datetime().length(3),
  },
})
/** A named revision: after row `at` of the document's journal. */
export class Version extends VersionSchema.class {}
VersionSchema.setClass(Version)

/** A version with its author. */
export interface VersionDetails extends Pick<Version, 'id' | 'name' | 'at' | 'userId' | 'createdAt'> {
  /** The person who named it. */
  author: Author
}

async function withAuthors(view: QueryContext, versions: Version[]): Promise<VersionDetails[]> {
  const nameOf = await readNames(
    view,
    versions.map(({ userId }) => userId),
  )
  return versions.map(({ id, name, at, userId, createdAt }) => ({
    id,
    name,
    at,
    userId,
    author: { userId, name: nameOf(userId) },
    createdAt,
  }))
}

const subjectOf = ({ documentName }: { documentName: string }) => documentName

/** Names a revision, the newest by default. For a compacted row, the end of the last complete edit session up to it is named. */
export const nameVersion = command('documents.nameVersion', {
  input: { documentName: DocumentName, name: singleLine(200), at: RowNumber.optional() },
  authorize: requireEditor(subjectOf),
  async execute(work, { documentName, name, at }): Promise<VersionDetails> {
    const document = await findDocument(work, documentName)
    const row = await resolveRevision(work, document, at ?? document.head)
    const told = { id: newId(), document: document.id, name, at: row, userId: requireUserId(work), createdAt: work.now }
    const version = work.em.create(Version, told)
    work.em.persist(version)
    work.emit(VersionNamed, { subject: documentName, audience: [documentName], data: { documentName, versionId: version.id } })
    return (await withAuthors(work, [version]))[0] as VersionDetails
  },
})

/** Versions, most recently named first. */
export const listVersions = query('documents.listVersions', {
  input: { documentName: DocumentName, ...paging },
  authorize: requireViewer(subjectOf),
  async execute(view, { documentName, limit, cursor }): Promise<Page<VersionDetails>> {
    const { id } = await findDocument(view, documentName)
    const after = parseCursor(cursor)
    const older = after && { $or: [{ createdAt: { $lt: new Date(after.at) } }, { createdAt: new Date(after.at), id: { $lt: after.id } }] }
    const rows = await view.em.find(
      Version,
      { document: id, ...older },
      { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], limit: limit + 1 },
    )
    return paginate(
      await withAuthors(view, rows),
      limit,
      (version) => ({ at: version.createdAt.toISOString(), id: version.id }),
      (version) => version,
    )
  },
})

/** Removes the name of a revision; the revision stays. */
export const dropVersion = command('documents.dropVersion', {
  input: { documentName: DocumentName, versionId: z.uuid() },
  authorize: requireEditor(subjectOf),
  async execute(work, { documentName, versionId }): Promise<void> {
    const { id } = await findDocument(work, documentName)
    work.em.remove(await work.em.findOneOrFail(Version, { id: versionId, document: id }))
    work.emit(VersionDeleted, { subject: documentName, audience: [documentName], data: { documentName, versionId } })
  },
})
