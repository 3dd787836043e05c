/** Builds the evidence bundle of an envelope: one ZIP file that can be verified without SmartStart. */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { signStatement } from '../authority/statement.ts'
import type { SealKeys } from '../seal/seal-keys.ts'
import { bundleFiles, bundleFormat, type BundleManifest } from './bundle-format.ts'
import type { BundleInput } from './bundle-input.ts'
import { writeZip } from './canonical-zip.ts'
import { writeReadme } from './readme.ts'

/** @param keys their seal signs the bundle. They may belong to a newer root than the one of the PDF: then the bundle names both */
export async function buildBundle(input: BundleInput, { seal, root }: Pick<SealKeys, 'seal' | 'root'>): Promise<Uint8Array> {
  const { agreement, certificates } = input
  const files = new Map<string, Uint8Array>([
    [bundleFiles.readme, toBytes(writeReadme(input))],
    [bundleFiles.pdf, input.pdf],
    [bundleFiles.content, toBytes(agreement.document.text)],
    [bundleFiles.envelope, toJson(describeEnvelope(input))],
    ['history/versions.json', toJson(input.versions)],
    ['history/authorship.json', toJson(input.authorship)],
    ['history/suggestions.json', toJson(input.suggestions)],
    ['history/approvals.json', toJson(input.approvals)],
    [bundleFiles.auditRows, toJson(input.audit.rows)],
    [bundleFiles.treeHead, toJson(input.audit.treeHead)],
    [bundleFiles.root, toBytes([...new Set([certificates.root.pem, root.pem])].join(''))],
    [bundleFiles.seal, toBytes(seal.certificate.pem)],
    [bundleFiles.verifier, input.verifier],
  ])
  agreement.parties.forEach(({ id, mark }, at) => {
    const certificate = certificates.signers[id]
    if (certificate) files.set(`certificates/signer-${at + 1}.pem`, toBytes(certificate.pem))
    if (mark?.kind === 'drawn') files.set(`marks/party-${at + 1}.png`, mark.png)
  })
  const manifest: BundleManifest = {
    format: bundleFormat,
    envelopeId: agreement.envelope.id,
    contentHash: agreement.document.hash,
    madeAt: input.madeAt,
    files: Object.fromEntries([...files].map(([name, bytes]) => [name, { bytes: bytes.length, sha256: sha256(bytes) }])),
  }
  const statement = toBytes(canonicalize(manifest) as string)
  files.set(bundleFiles.manifest, statement)
  files.set(bundleFiles.signature, toBytes((await signStatement(statement, seal)).signature))
  return writeZip(files)
}

/** The envelope without the bytes of marks, which are files of their own. */
function describeEnvelope({ agreement: { envelope, document, parties, publicUrl }, certificates }: BundleInput): unknown {
  const { text: _, ...facts } = document
  return {
    envelope,
    document: facts,
    publicUrl,
    parties: parties.map(({ mark, ...party }, at) => ({
      ...party,
      audit: party.audit ?? null,
      certificate: certificates.signers[party.id]?.serial ?? null,
      mark: mark?.kind === 'drawn' ? { kind: 'drawn', file: `marks/party-${at + 1}.png` } : (mark ?? null),
    })),
  }
}

const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const toJson = (value: unknown): Uint8Array => toBytes(`${JSON.stringify(value, null, 1)}\n`)
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
