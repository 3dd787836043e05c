/** What a sealed agreement is made from: plain data, which the envelope is read into. Times are ISO 8601 UTC. */
import type { JSONContent } from '@tiptap/core'
import type { ListStyle } from '../../documents/richtext/list-styles.ts'

/** The canonical text of a document, parsed (`domain/history/canonical-text.ts`). */
export interface SealedText {
  format: 'smartstart-text/1'
  title: string
  content: JSONContent
  /** Values of variables, by name. */
  values: Record<string, string>
  listStyles: Record<string, ListStyle>
}

/** The visible mark of a signature: a typed name, a PNG, or pen strokes as flat lists `x, y, x, y …` in a box of `width` by `height`. */
export type SignatureMark =
  | { kind: 'typed'; text: string }
  | { kind: 'drawn'; png: Uint8Array }
  | { kind: 'strokes'; width: number; height: number; strokes: number[][] }

export type SealedRole = 'signer' | 'approver' | 'copy' | 'witness'

/** What became of a party. `waiting`: it did not have to act, since others of its group did. */
export type SealedOutcome = 'signed' | 'approved' | 'declined' | 'delegated' | 'superseded' | 'waiting' | 'informed'

/** A row of the audit chain that proves an act. */
export interface AuditReference {
  position: number
  hash: string
}

/** A party of the envelope. Its names come from people: any script, any length. */
export interface SealedParty {
  id: string
  name: string
  email: string
  role: SealedRole
  outcome: SealedOutcome
  /** Its place in the order, from 1; parties of one place act at the same time. */
  order: number
  /** The group of which a number has to act, in words such as `Board (2 of 3)`. */
  group?: string | undefined
  /** The name of the signer whom a witness witnesses. */
  witnessOf?: string | undefined
  /** The name of the party that delegated to this one. */
  delegatedBy?: string | undefined
  /** For whom an agent or representative acted. */
  onBehalfOf?: string | undefined
  /** How the person was authenticated, in words: `account session`, `link and code by e-mail`. */
  method?: string | undefined
  consentVersion?: string | undefined
  /** The reason of a decline. */
  reason?: string | undefined
  sentAt?: string | undefined
  viewedAt?: string | undefined
  /** When it signed, approved or declined. */
  actedAt?: string | undefined
  /** IP address and browser at the act. */
  address?: string | undefined
  userAgent?: string | undefined
  /** The content hash that the party confirmed. */
  confirmedHash?: string | undefined
  audit?: AuditReference | undefined
  /** Present where it signed. */
  mark?: SignatureMark | undefined
}

/** Everything that a sealed PDF shows. Sealing the same input again gives the same pages; only certificates and signatures differ. */
export interface SealInput {
  envelope: {
    id: string
    title: string
    /** How the parties act. */
    order: 'parallel' | 'sequential' | 'groups'
    /** Who sent it. */
    sender: string
    sentAt: string
    completedAt: string
    /** Version of the envelope: more than 1 after it was corrected and sent again. */
    version: number
  }
  document: {
    /** `legal:<uuid>` */
    name: string
    /** The journal row at which the text was frozen. */
    at: number
    /** SHA-256 (hex) of `text`. */
    hash: string
    /** The canonical text, as `readCanonicalText` answers it: JSON of `SealedText`. */
    text: string
  }
  /** In the order in which they act. */
  parties: SealedParty[]
  /** The installation, `https://smartstart.example.org`; shown as where certificates are published. */
  publicUrl: string
}
