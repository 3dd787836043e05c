/** What an evidence bundle is built from: plain data. */
import type { IssuedCertificate } from '../authority/certificates.ts'
import type { SealInput } from '../seal/seal-input.ts'
import type { BundleAuditRow, BundleTreeHead } from './bundle-format.ts'

/** Facts of one kind, as plain JSON. */
type Facts = readonly Readonly<Record<string, unknown>>[]

export interface BundleInput {
  agreement: SealInput
  /** The sealed file. */
  pdf: Uint8Array
  /** The certificates in it: its root, the seal, and those of signers by party id. */
  certificates: { root: IssuedCertificate; seal: IssuedCertificate; signers: Readonly<Record<string, IssuedCertificate>> }
  /** When the bundle is made, ISO 8601. */
  madeAt: string
  /** Named versions of the document, with the journal row of each. */
  versions: Facts
  /** Who wrote what: edit sessions with author, rows and times; spans of the text with their authors. */
  authorship: Readonly<Record<string, unknown>>
  /** Suggestions with who decided them, and how. */
  suggestions: Facts
  /** Approvals with the content hash to which each is bound. */
  approvals: Facts
  audit: { rows: readonly BundleAuditRow[]; treeHead: BundleTreeHead }
  /** The verifier as one file. */
  verifier: Uint8Array
}
