/** The published texts that people signed. */
import { sql } from 'kysely'
import type { CamelRow } from '../../kernel/db/table-row.ts'
import { newId } from '../../kernel/entity.ts'
import type { CommandContext, QueryContext } from '../../kernel/operation.ts'
import { computeEndOfValidity, type LegalKindSlug } from './legal-kind.ts'
import type { Publication } from './publication.ts'

/** A text that a person signed, and whether it still counts. */
export interface SignedDocument {
  kind: LegalKindSlug
  documentId: string
  /** The version that was signed. */
  major: number
  minor: number
  signedAt: Date
  expiresAt: Date
  revokedAt: Date | null
}

type Row = CamelRow<'legal_signed_document', 'kind' | 'document_id' | 'signed_at' | 'expires_at' | 'revoked_at'> &
  Pick<CamelRow<'legal_publication', 'major' | 'minor'>, 'major' | 'minor'>

/** What a person signed, the newest version first. */
export async function readSignedDocuments(view: QueryContext, userId: string): Promise<SignedDocument[]> {
  const { rows } = await sql<Row>`
    select s.kind, s.document_id as "documentId", p.major, p.minor, s.signed_at as "signedAt", s.expires_at as "expiresAt",
      s.revoked_at as "revokedAt"
    from legal_signed_document s join legal_publication p on p.id = s.publication_id
    where s.user_id = ${userId} order by p.major desc, s.signed_at desc, s.id desc`.execute(view.db)
  return rows.map(({ kind, signedAt, expiresAt, revokedAt, ...row }) => ({
    ...row,
    kind: kind as LegalKindSlug,
    signedAt: new Date(signedAt),
    expiresAt: new Date(expiresAt),
    revokedAt: revokedAt === null ? null : new Date(revokedAt),
  }))
}

/** Records a signature under a published text. Signed again, the newer signature counts. */
export async function insertSignedDocument(
  work: CommandContext,
  { id: publicationId, kind }: Publication,
  { userId, documentId, signedAt }: { userId: string; documentId: string; signedAt: Date },
): Promise<void> {
  const dates = { signed_at: signedAt, expires_at: computeEndOfValidity(kind, signedAt), revoked_at: null }
  await work.db
    .insertInto('legal_signed_document')
    .values({ id: newId(), user_id: userId, kind, document_id: documentId, publication_id: publicationId, ...dates })
    .onConflict((there) => there.columns(['user_id', 'document_id', 'publication_id']).doUpdateSet(dates))
    .execute()
}

/** The persons whose signatures under a document no longer count from now on. */
export async function revokeSignatures(work: CommandContext, documentId: string): Promise<string[]> {
  const rows = await work.db
    .updateTable('legal_signed_document')
    .set({ revoked_at: work.now })
    .where('document_id', '=', documentId)
    .where('revoked_at', 'is', null)
    .returning('user_id')
    .execute()
  return [...new Set(rows.map(({ user_id }) => user_id))]
}

/** Deletes what is stored of a person. */
export async function forgetSignedDocuments(work: CommandContext, userId: string): Promise<void> {
  await work.db.deleteFrom('legal_signed_document').where('user_id', '=', userId).execute()
}
