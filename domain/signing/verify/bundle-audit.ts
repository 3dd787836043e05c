/** Checks the audit rows of a bundle: their hashes, the commitments to personal data, and the proofs that they are in the chain. */
import { X509Certificate } from 'node:crypto'
import canonicalize from 'canonicalize'
import { hashLeaf, verifyInclusion } from '../../audit/merkle-tree.ts'
import { commitToPersonalData, hashAuditRecord } from '../../audit/row-hash.ts'
import { isIssuedBy, isSignedBy } from '../authority/statement.ts'
import { type BundleAuditRow, bundleFiles, type BundleTreeHead } from '../bundle/bundle-format.ts'
import { BundleFault, type BundleText } from './bundle-text.ts'

export interface AuditFindings {
  /** Hashes of the rows by position. */
  rows: Map<number, string>
  erased: { position: number; erasedAt: string }[]
  /** The first row that is wrong. */
  broken: { position: number; message: string } | undefined
}

/** @throws BundleFault where the tree head is wrong */
export function checkAuditRows(bundle: BundleText, roots: readonly X509Certificate[]): AuditFindings {
  const head = bundle.json<BundleTreeHead>(bundleFiles.treeHead)
  const rows = bundle.json<BundleAuditRow[]>(bundleFiles.auditRows)
  if (!Array.isArray(rows)) throw new BundleFault('audit/rows.json is not a list.')
  const findings: AuditFindings = { rows: new Map(), erased: [], broken: undefined }
  let [before, beforeHash] = [0, '']
  for (const [at, row] of rows.entries()) {
    const position = row?.record?.position ?? 0
    const message = describeFault(row, head, { position: before, hash: beforeHash })
    if (message) {
      findings.broken = { position, message: `Row ${position || `number ${at + 1} of the file`} of the audit chain: ${message}` }
      return findings
    }
    const { erasedAt } = row.personal ?? { erasedAt: null }
    if (erasedAt !== null) findings.erased.push({ position, erasedAt })
    findings.rows.set(position, row.hash)
    ;[before, beforeHash] = [position, row.hash]
  }
  // after the rows, so that a changed row is named
  checkTreeHead(head, roots)
  const missing = findMissingAct(rows, findings.rows)
  if (missing !== undefined)
    findings.broken = { position: missing, message: `Row ${missing} of the audit chain, an act of this envelope, is missing.` }
  return findings
}

/** What is wrong with a row; undefined where nothing is. */
function describeFault(row: BundleAuditRow, head: BundleTreeHead, before: { position: number; hash: string }): string | undefined {
  const { record, hash, personal, path } = row
  if (!Number.isSafeInteger(record?.position) || record.position < 1) return 'it has no position.'
  if (record.position <= before.position) return 'it is out of order.'
  if (hashAuditRecord(record) !== hash) return 'its content was changed.'
  if (record.position === before.position + 1 && before.position > 0 && record.previous !== before.hash)
    return 'it does not follow the row before it.'
  const proof = path.map((one) => Buffer.from(one, 'hex'))
  if (!verifyInclusion(hashLeaf(Buffer.from(hash, 'hex')), record.position - 1, head.size, proof, Buffer.from(head.root, 'hex')))
    return 'its proof does not lead to the tree head.'
  if (record.commitment === null) return personal === null ? undefined : 'it commits to no personal data, but some is given.'
  if (personal === null) return 'the personal data that it commits to is missing.'
  if (personal.erasedAt !== null) return personal.details === null ? undefined : 'its personal data is called erased, but is given.'
  if (personal.salt === null || personal.details === null) return 'its personal data is missing, and was not erased.'
  return commitToPersonalData(personal.salt, personal.details) === record.commitment ? undefined : 'its personal data was changed.'
}

function checkTreeHead(head: BundleTreeHead, roots: readonly X509Certificate[]): void {
  const { size, root, hash, at, signature, certificate } = head
  // a head without a signature is covered by that of the manifest
  if (signature === null || certificate === null) return
  const statement = Buffer.from(canonicalize({ format: 'smartstart-tree-head/1', size, root, hash, at }) as string)
  const signer = new X509Certificate(certificate)
  if (!roots.some((one) => isIssuedBy(signer, one)))
    throw new BundleFault('The tree head was signed under another root than that of the bundle.')
  if (!isSignedBy(statement, signature, signer)) throw new BundleFault('The signature of the tree head does not verify.')
}

/** A row of completion names the rows of all acts: each must be here. */
function findMissingAct(rows: readonly BundleAuditRow[], known: ReadonlyMap<number, string>): number | undefined {
  for (const { record } of rows) {
    const acts = record.action === 'envelope.completed' ? (record.data as { acts?: unknown } | null)?.acts : undefined
    if (!Array.isArray(acts)) continue
    const missing = (acts as { position?: unknown }[]).map(({ position }) => position).find((position) => !known.has(position as number))
    if (typeof missing === 'number') return missing
  }
  return undefined
}
