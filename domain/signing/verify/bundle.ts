/** Verifies an evidence bundle: every byte of it, the sealed PDF, and the audit rows with their proofs. It never throws for what is in the file. */
import { createHash, X509Certificate } from 'node:crypto'
import canonicalize from 'canonicalize'
import { fingerprintOf, isIssuedBy, isSignedBy } from '../authority/statement.ts'
import { bundleFiles, bundleFormat, type BundleManifest } from '../bundle/bundle-format.ts'
import { readZip, scanZip, ZipError } from '../bundle/canonical-zip.ts'
import { type AuditFindings, checkAuditRows } from './bundle-audit.ts'
import { BundleFault, BundleText } from './bundle-text.ts'
import { type BundleCheckName, kindOf, type PdfVerdict, type SignatureVerdict } from './verdict.ts'
import { verifyPdf } from './verify-pdf.ts'

export interface BundleCheck {
  check: BundleCheckName
  isPassed: boolean
  message: string
}

export interface BundleVerdict extends PdfVerdict {
  kind: 'bundle'
  checks: BundleCheck[]
  /** The length of the PDF in it. */
  pdfBytes: number
  /** The roots under which it was sealed. Whether to trust them is the reader's choice: compare them with the published ones. */
  roots: { subject: string; keyFingerprint: string; notAfter: string }[]
  /** Rows whose personal data was erased. */
  erased: { position: number; erasedAt: string }[]
  /** The first broken row of the audit chain. */
  brokenRow: number | null
}

const classes: Record<BundleCheckName, string> = {
  container: 'bundle changed',
  manifest: 'bundle changed',
  files: 'bundle changed',
  pdf: 'sealed file',
  text: 'text does not have the signed hash',
  audit: 'audit chain broken',
  parties: 'parties do not match the evidence',
}

export async function verifyBundle(bytes: Uint8Array): Promise<BundleVerdict> {
  const checkup = new BundleCheckup(bytes)
  await checkup.run()
  return checkup.verdict()
}

/** The checks of one bundle. A check that fails does not end the others, so that all that is wrong is named. */
class BundleCheckup {
  readonly #zip: Uint8Array
  readonly #files: ReadonlyMap<string, Uint8Array>
  readonly #bundle: BundleText
  readonly #checks: BundleCheck[] = []
  #roots: X509Certificate[] = []
  #manifest: BundleManifest | undefined
  #pdf: PdfVerdict | undefined
  #findings: AuditFindings | undefined

  constructor(zip: Uint8Array) {
    this.#zip = zip
    this.#files = scanZip(zip).files
    this.#bundle = new BundleText(this.#files)
  }

  async run(): Promise<void> {
    const bundle = this.#bundle
    await this.#check('container', () => `${readZip(this.#zip).size} files, and no byte beside them.`)
    await this.#check('manifest', () => {
      this.#roots = bundle.certificates(bundleFiles.root)
      this.#manifest = readManifest(bundle, this.#roots)
      return `Signed by the seal, made at ${this.#manifest.madeAt}.`
    })
    await this.#check('files', () => `${checkFiles(this.#files, this.#manifest)} files have the hashes of the manifest.`)
    await this.#check('pdf', async () => {
      this.#pdf = await verifyPdf(bundle.bytes(bundleFiles.pdf), { sealed: true })
      return `${checkPdf(this.#pdf, this.#roots).length} signatures are correct.`
    })
    await this.#check('text', () => `The text has the hash ${checkText(bundle, this.#manifest)}.`)
    await this.#check('audit', () => {
      this.#findings = checkAuditRows(bundle, this.#roots)
      const { rows, erased, broken } = this.#findings
      if (broken) throw new BundleFault(broken.message)
      return `${rows.size} rows are in the chain${erased.length > 0 ? `; ${describeErased(erased)}` : ''}.`
    })
    await this.#check('parties', () => {
      const count = checkParties(bundle, { manifest: this.#manifest, pdf: this.#pdf, findings: this.#findings })
      return `${count} parties match their signatures and audit rows.`
    })
  }

  verdict(): BundleVerdict {
    const failed = this.#checks.find(({ isPassed }) => !isPassed)
    return {
      kind: 'bundle',
      overall: failed ? toOverall(failed, this.#pdf) : 'valid',
      reason: failed?.message ?? 'The bundle is whole: every file, signature and audit row is as it was sealed.',
      uncoveredBytes: failed ? (this.#pdf?.uncoveredBytes ?? this.#zip.length) : 0,
      signatures: this.#pdf?.signatures ?? [],
      checks: this.#checks,
      pdfBytes: this.#files.get(bundleFiles.pdf)?.length ?? 0,
      roots: this.#roots.flatMap(describeRoot),
      erased: this.#findings?.erased ?? [],
      brokenRow: this.#findings?.broken?.position ?? null,
    }
  }

  async #check(check: BundleCheckName, work: () => string | Promise<string>): Promise<void> {
    try {
      this.#checks.push({ check, isPassed: true, message: await work() })
    } catch (error) {
      const isKnown = error instanceof BundleFault || error instanceof ZipError
      const message = isKnown ? error.message : `It cannot be read: ${(error as Error).message}`
      this.#checks.push({ check, isPassed: false, message })
    }
  }
}

/** A certificate that was changed may have a key or a date that cannot be read. */
function describeRoot(root: X509Certificate): BundleVerdict['roots'] {
  try {
    const subject = root.subject.replaceAll('\n', ', ')
    return [{ subject, keyFingerprint: fingerprintOf(root), notAfter: new Date(root.validTo).toISOString() }]
  } catch {
    return []
  }
}

/** A fault of the PDF is told in its own words. */
function toOverall({ check }: BundleCheck, pdf: PdfVerdict | undefined): string {
  if (check === 'pdf' && pdf && !isValid(pdf.overall)) return pdf.overall
  return `invalid: ${classes[check]}`
}

const isValid = (verdict: string): boolean => kindOf(verdict) === 'valid' || kindOf(verdict) === 'valid, later allowed changes'

const describeErased = (erased: readonly { position: number; erasedAt: string }[]): string =>
  erased.map(({ position, erasedAt }) => `personal data of row ${position} was erased on ${erasedAt.slice(0, 10)}`).join(', ')

function readManifest(bundle: BundleText, roots: readonly X509Certificate[]): BundleManifest {
  const statement = bundle.bytes(bundleFiles.manifest)
  const [seal] = bundle.certificates(bundleFiles.seal)
  if (!seal || !roots.some((root) => isIssuedBy(seal, root)))
    throw new BundleFault('The certificate of the seal was not issued by the root of the bundle.')
  if (!isSignedBy(statement, bundle.text(bundleFiles.signature), seal))
    throw new BundleFault('The signature of manifest.json does not verify.')
  const manifest = bundle.json<BundleManifest>(bundleFiles.manifest)
  if (manifest.format !== bundleFormat)
    throw new BundleFault(`The format ${String(manifest.format)} is not known. Use the verifier in the bundle.`)
  return manifest
}

/** Every file has the hash that the manifest says, and there is no other. */
function checkFiles(files: ReadonlyMap<string, Uint8Array>, manifest: BundleManifest | undefined): number {
  if (!manifest) throw new BundleFault('The manifest cannot be relied on, so the files cannot be compared with it.')
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const file = files.get(name)
    if (!file) throw new BundleFault(`${name} is missing.`)
    if (file.length !== bytes || hash(file) !== sha256) throw new BundleFault(`${name} was changed.`)
  }
  const own: readonly string[] = [bundleFiles.manifest, bundleFiles.signature]
  const extra = [...files.keys()].find((name) => !own.includes(name) && !Object.hasOwn(manifest.files, name))
  if (extra !== undefined) throw new BundleFault(`${extra} was added.`)
  return Object.keys(manifest.files).length
}

/** All signatures are correct, cover the file, and were made under the root. */
function checkPdf({ overall, reason, signatures }: PdfVerdict, roots: readonly X509Certificate[]): SignatureVerdict[] {
  if (!isValid(overall)) throw new BundleFault(`${bundleFiles.pdf}: ${reason}`)
  const known = roots.map(({ fingerprint256 }) => fingerprint256.replaceAll(':', '').toLowerCase())
  for (const { field, kind, chain } of signatures) {
    if (kind === 'signature' && !known.includes(chain.at(-1)?.fingerprint ?? ''))
      throw new BundleFault(`${bundleFiles.pdf}: ${field} was made under another root than that of the bundle.`)
  }
  if (signatures.at(-1)?.coverage.kind !== 'whole file') throw new BundleFault(`${bundleFiles.pdf}: bytes follow the last signature.`)
  return signatures
}

function checkText(bundle: BundleText, manifest: BundleManifest | undefined): string {
  const text = bundle.text(bundleFiles.content)
  const found = hash(bundle.bytes(bundleFiles.content))
  if (canonicalize(JSON.parse(text)) !== text) throw new BundleFault('content.json is not in its canonical form.')
  if (manifest && manifest.contentHash !== found) throw new BundleFault(`content.json has the hash ${found}, not the one that was signed.`)
  return found
}

/** Each act refers to an audit row of the bundle, and each signature to a certificate in the PDF. */
function checkParties(
  bundle: BundleText,
  { manifest, pdf, findings }: { manifest: BundleManifest | undefined; pdf: PdfVerdict | undefined; findings: AuditFindings | undefined },
): number {
  const { envelope, document, parties } = bundle.envelope()
  if (!manifest || !pdf || !findings) throw new BundleFault('The evidence that the parties refer to cannot be relied on.')
  if (envelope.id !== manifest.envelopeId || document.hash !== manifest.contentHash)
    throw new BundleFault('envelope.json is about another envelope or text than the manifest.')
  const serials = new Set(pdf.signatures.map(({ signer }) => signer.certificate?.serialNumber))
  for (const { name, certificate, audit } of parties) {
    if (certificate !== null && !serials.has(certificate)) throw new BundleFault(`The signature of ${name} is not in the PDF.`)
    if (audit && findings.rows.get(audit.position) !== audit.hash)
      throw new BundleFault(`Row ${audit.position}, the act of ${name}, is not in the bundle.`)
  }
  return parties.length
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
