/** What the server answers, taken from the schemas of its endpoints: types alone, nothing of the server is built in. */
import type { z } from 'zod'
import type { SessionBody, SignedInBody } from '../api/auth.ts'
import type { DocumentBody } from '../api/documents.ts'
import type { DraftBody } from '../api/legal.ts'
import type { EnforcedBody, MemberBody } from '../api/members.ts'
import type { EnforcementBody, PersonBody, UserBody } from '../api/users.ts'
import type { VentureBody } from '../api/ventures.ts'

export type SignedIn = z.infer<typeof SignedInBody>
export type SessionRecord = z.infer<typeof SessionBody>
export type DocumentRecord = z.infer<typeof DocumentBody>
export type Member = z.infer<typeof MemberBody>
export type Enforced = z.infer<typeof EnforcedBody>
export type Enforcement = z.infer<typeof EnforcementBody>
export type Venture = z.infer<typeof VentureBody>
type Draft = z.infer<typeof DraftBody>

export type Kind = DocumentRecord['kind']
export type Role = DocumentRecord['role']

/** A person: all of oneself, of others the name. */
export type User = z.infer<typeof PersonBody> & Partial<z.infer<typeof UserBody>>

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

/** Of whatever was made, where it is written. */
export interface Created {
  documentName: string
}

export const agreementKinds = {
  agreement: 'Agreement',
  nda: 'Non-disclosure agreement',
  'contributor-agreement': 'Contributor agreement',
  'founders-agreement': "Founders' agreement",
  'ip-assignment': 'Assignment of intellectual property',
  'advisor-agreement': 'Advisor agreement',
  'investment-note': 'Investment note',
  charter: 'Charter',
  other: 'Something else',
} as const satisfies Record<Draft['kind'], string>
