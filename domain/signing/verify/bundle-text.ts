/** The files of a bundle, read as text, JSON and certificates. */
import { X509Certificate } from 'node:crypto'
import { type BundleEnvelope, bundleFiles } from '../bundle/bundle-format.ts'

/** What is wrong with a bundle, as a sentence. */
export class BundleFault extends Error {}

const maxCertificates = 20

export class BundleText {
  readonly #files: ReadonlyMap<string, Uint8Array>

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = files
  }

  bytes(name: string): Uint8Array {
    const bytes = this.#files.get(name)
    if (!bytes) throw new BundleFault(`${name} is missing.`)
    return bytes
  }

  text(name: string): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes(name))
  }

  json<T>(name: string): T {
    try {
      return JSON.parse(this.text(name)) as T
    } catch (error) {
      if (error instanceof BundleFault) throw error
      throw new BundleFault(`${name} is not JSON.`)
    }
  }

  certificates(name: string): X509Certificate[] {
    const blocks = this.text(name).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    try {
      return blocks.slice(0, maxCertificates).map((block) => new X509Certificate(block))
    } catch {
      throw new BundleFault(`${name} is not a certificate.`)
    }
  }

  envelope(): BundleEnvelope {
    const envelope = this.json<Partial<BundleEnvelope> | null>(bundleFiles.envelope)
    if (!envelope?.envelope || !envelope.document || !Array.isArray(envelope.parties))
      throw new BundleFault('envelope.json is not an envelope.')
    return envelope as BundleEnvelope
  }
}
