/** What the pages of a sealed agreement are rendered from. */
import type { SealInput } from '../seal-input.ts'

/** What is shown of a certificate. */
export interface PageCertificate {
  serial: string
  keyFingerprint: string
}

export interface PagesInput {
  agreement: SealInput
  /** The certificates of the parties that signed, by party id. */
  certificates: Record<string, PageCertificate>
  seal: PageCertificate
  root: PageCertificate
  /** Whether a document timestamp follows the signatures. */
  hasTimestamp: boolean
  /** A directory with more fonts. */
  fontsDir?: string | undefined
}

/** The pages before they are signed, and what they do not show. */
export interface RenderedPages {
  bytes: Uint8Array
  warnings: string[]
}
