/** Reads what an evidence bundle is built from: the sealed file, the history of the text, and the audit rows with proofs. */
import { readAuditRows, readInclusionProof } from '../../audit/audit-log.ts'
import type { StoredAuditRow } from '../../audit/stored-row.ts'
import { toSignedStatement } from '../../audit/tree-head.ts'
import { listEditSessions, readAuthorship } from '../../history/timeline.ts'
import { listVersions } from '../../history/version.ts'
import type { PreparationContext, QueryContext } from '../../kernel/operation.ts'
import type { Page } from '../../kernel/pagination.ts'
import { JsonText } from '../../kernel/text/json-text.ts'
import { listSuggestions } from '../../suggestions/suggestion.ts'
import { findCertificate } from '../authority/authority.ts'
import type { IssuedCertificate } from '../authority/certificates.ts'
import { signStatement } from '../authority/statement.ts'
import type { BundleAuditRow, BundleTreeHead } from '../bundle/bundle-format.ts'
import type { BundleInput } from '../bundle/bundle-input.ts'
import { readVerifier } from '../bundle/verifier-file.ts'
import { documentSubject, type Envelope, envelopeSubject } from '../envelope.ts'
import { hasSignature } from '../seal/seal-agreement.ts'
import type { SealInput } from '../seal/seal-input.ts'
import type { SealKeys } from '../seal/seal-keys.ts'
import { readAgreement } from '../sealing/agreement-reader.ts'
import type { SignatureVerdict } from '../verify/verdict.ts'

/** Pages of a list that are read: 100 entries each. */
const maxPages = 100

/** @param pdf the sealed file of a completed envelope @param signatures of that file, as they were verified */
export async function readEvidence(
  view: PreparationContext,
  envelope: Envelope,
  keys: SealKeys,
  { pdf, signatures }: { pdf: Uint8Array; signatures: readonly SignatureVerdict[] },
): Promise<BundleInput> {
  const agreement = await readAgreement(view, envelope)
  const documentRows = await readAuditRows(view, documentSubject(envelope))
  const rows = [...(await readAuditRows(view, envelopeSubject(envelope))), ...documentRows].sort(
    (one, other) => one.record.position - other.record.position,
  )
  return {
    agreement,
    pdf,
    certificates: await readCertificates(view, agreement, signatures),
    madeAt: view.now.toISOString(),
    ...(await readHistory(view, agreement)),
    approvals: documentRows.filter(({ record }) => /^(approval|review)\./.test(record.action)).map(describeDecision),
    audit: await proveRows(view, rows, keys),
    verifier: await readVerifier(),
  }
}

/** The history of the text, up to the row at which it was frozen. */
async function readHistory(view: QueryContext, { document: { name: documentName, at } }: SealInput) {
  const versions = await readAll((cursor) => listVersions.execute(view, { documentName, limit: 100, cursor }))
  const sessions = await readAll((cursor) => listEditSessions.execute(view, { documentName, limit: 100, cursor }))
  const decided = async (state: 'accepted' | 'rejected') =>
    readAll((cursor) => listSuggestions.execute(view, { documentName, state, limit: 100, cursor }))
  const spans = await readAuthorship.execute(view, { documentName, at })
  return {
    versions: versions.filter((version) => version.at <= at).map((version) => ({ ...version })),
    authorship: {
      sessions: sessions.filter(({ from }) => from <= at),
      text: spans instanceof JsonText ? (JSON.parse(spans.bytes.toString()) as unknown) : spans,
    },
    suggestions: [...(await decided('accepted')), ...(await decided('rejected'))].map((suggestion) => ({ ...suggestion })),
  }
}

async function readAll<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const { items: more, nextCursor } = await read(cursor)
    items.push(...more)
    if (nextCursor === null) break
    cursor = nextCursor
  }
  return items
}

const describeDecision = ({ record: { position, at, action, actor, data } }: StoredAuditRow) => ({ position, at, action, actor, data })

/** The certificates in the sealed file; signatures stand in the order of the parties, before the seal. */
async function readCertificates(
  view: QueryContext,
  agreement: SealInput,
  signatures: readonly SignatureVerdict[],
): Promise<BundleInput['certificates']> {
  const read = async (field: string): Promise<IssuedCertificate & { rootId: string | null }> => {
    const serial = signatures.find((signature) => signature.field === field)?.signer.certificate?.serialNumber
    return findCertificate(view, { serial: serial ?? '' })
  }
  const seal = await read('Seal')
  const signers: Record<string, IssuedCertificate> = {}
  for (const [at, { id }] of agreement.parties.filter(hasSignature).entries()) signers[id] = await read(`Signature ${at + 1}`)
  return { root: await findCertificate(view, { id: seal.rootId ?? '' }), seal, signers }
}

/** Rows with proofs that end in one tree head, which the seal signs. */
async function proveRows(
  view: QueryContext,
  stored: readonly StoredAuditRow[],
  { seal }: SealKeys,
): Promise<{ rows: BundleAuditRow[]; treeHead: BundleTreeHead }> {
  const last = stored.at(-1)
  if (!last) throw new Error('An envelope that was sent has no audit row.')
  // the present end of the chain: rows of acts that commit in the meantime come after it
  const { size, root } = await readInclusionProof(view, last.record.position)
  const rows: BundleAuditRow[] = []
  for (const { record, hash, personal } of stored) {
    const { path } = await readInclusionProof(view, record.position, size)
    rows.push({
      record,
      hash,
      personal: personal ? { salt: personal.salt, details: personal.details, erasedAt: personal.erasedAt } : null,
      path,
    })
  }
  const head = { size, root, hash: await readHashAt(view, size), at: view.now.toISOString() }
  return { rows, treeHead: { ...head, ...(await signStatement(toSignedStatement(head), seal)) } }
}

const readHashAt = async (view: QueryContext, position: number): Promise<string> =>
  (await readInclusionProof(view, position, position)).hash
