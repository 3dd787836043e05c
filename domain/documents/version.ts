/** Versions: moments of a document that people gave a name. They stay exactly reachable: a session ends where a version is. */
import { z } from 'zod'
import { edit, read, userOf } from '../access/permission.ts'
import { defineEntity, newId, p } from '../kernel/entity.ts'
import { command, query, type View } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { DocumentName, findDocument } from './document.ts'
import { VersionDropped, VersionNamed } from './events.ts'
import { type Author, namesOf, reachable, rowInBody } from './moment.ts'

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
/** A named moment: after row `at` of the document's journal. */
export class Version extends VersionSchema.class {}
VersionSchema.setClass(Version)

/** A version as it is told. */
export interface VersionSeen extends Pick<Version, 'id' | 'name' | 'at' | 'userId' | 'createdAt'> {
  /** Who named it. */
  author: Author
}

async function seen(view: View, versions: Version[]): Promise<VersionSeen[]> {
  const nameOf = await namesOf(
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

/** Names a moment, the newest where none is said. Of a folded row, the last whole session up to it is named. */
export const nameVersion = command('documents.nameVersion', {
  input: { documentName: DocumentName, name: z.string().trim().min(1).max(200), at: rowInBody.optional() },
  may: edit(subjectOf),
  async does(work, { documentName, name, at }): Promise<VersionSeen> {
    const document = await findDocument(work, documentName)
    const row = await reachable(work, document, at ?? document.head)
    const told = { id: newId(), document: document.id, name, at: row, userId: userOf(work), createdAt: work.now }
    const version = work.em.create(Version, told)
    work.em.persist(version)
    work.emit(VersionNamed, { subject: documentName, audience: [documentName], data: { documentName, versionId: version.id } })
    return (await seen(work, [version]))[0] as VersionSeen
  },
})

/** Versions, named last first. */
export const listVersions = query('documents.listVersions', {
  input: { documentName: DocumentName, ...paging },
  may: read(subjectOf),
  async does(view, { documentName, limit, cursor }): Promise<Page<VersionSeen>> {
    const { id } = await findDocument(view, documentName)
    const after = readCursor(cursor)
    const older = after && { $or: [{ createdAt: { $lt: new Date(after.at) } }, { createdAt: new Date(after.at), id: { $lt: after.id } }] }
    const rows = await view.em.find(
      Version,
      { document: id, ...older },
      { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], limit: limit + 1 },
    )
    return pageOf(
      await seen(view, rows),
      limit,
      (version) => ({ at: version.createdAt.toISOString(), id: version.id }),
      (version) => version,
    )
  },
})

/** Takes the name from a moment; the moment stays. */
export const dropVersion = command('documents.dropVersion', {
  input: { documentName: DocumentName, versionId: z.uuid() },
  may: edit(subjectOf),
  async does(work, { documentName, versionId }): Promise<void> {
    const { id } = await findDocument(work, documentName)
    work.em.remove(await work.em.findOneOrFail(Version, { id: versionId, document: id }))
    work.emit(VersionDropped, { subject: documentName, audience: [documentName], data: { documentName, versionId } })
  },
})
