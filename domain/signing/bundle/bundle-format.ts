/** The files of an evidence bundle. Writer and verifier share this. */
import type { AuditRecord } from '../../audit/row-hash.ts'

export const bundleFormat = 'smartstart-bundle/1'

/** Names of the files that the verifier reads. */
export const bundleFiles = {
  readme: 'README.txt',
  pdf: 'agreement.pdf',
  content: 'content.json',
  envelope: 'envelope.json',
  auditRows: 'audit/rows.json',
  treeHead: 'audit/tree-head.json',
  root: 'certificates/root.pem',
  seal: 'certificates/seal.pem',
  manifest: 'manifest.json',
  signature: 'manifest.sig',
  verifier: 'verify.mjs',
} as const

/** What is said of all other files. Its canonical JSON (RFC 8785) is signed by the seal. */
export interface BundleManifest {
  format: typeof bundleFormat
  envelopeId: string
  /** SHA-256 (hex) of `content.json`: the hash that the parties signed. */
  contentHash: string
  /** When the bundle was made, ISO 8601. */
  madeAt: string
  files: Record<string, { bytes: number; sha256: string }>
}

/** A row of the audit chain in a bundle. */
export interface BundleAuditRow {
  record: AuditRecord
  hash: string
  /** The personal data to which the row commits; erased: without salt and details. Null where the row has none. */
  personal: { salt: string | null; details: Record<string, string> | null; erasedAt: string | null } | null
  /** The inclusion proof (RFC 6962): hashes in hexadecimal, the lowest first. */
  path: string[]
}

/** A signed head of the tree over the audit chain (`domain/audit/tree-head.ts`). */
export interface BundleTreeHead {
  size: number
  root: string
  /** The hash of the last row that it covers. */
  hash: string
  at: string
  /** ECDSA over P-256 with SHA-256, DER, base64; null where the installation has no key. */
  signature: string | null
  /** PEM. */
  certificate: string | null
}

/** What `envelope.json` says, as far as the verifier reads it. */
export interface BundleEnvelope {
  envelope: { id: string }
  document: { hash: string }
  parties: { id: string; name: string; certificate: string | null; audit: { position: number; hash: string } | null }[]
}
