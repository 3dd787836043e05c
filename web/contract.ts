/** What the server answers, as the workspace reads it. One file, so that it can be checked against the server's schemas. */

export type Kind = 'legal' | 'plan' | 'space'
export type Role = 'viewer' | 'commenter' | 'editor' | 'owner'

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}

export interface User {
  id: string
  name: string
  email?: string
  role?: 'admin' | 'member'
  status?: string
  createdAt?: string
}

export interface SignedIn {
  user: User
  accessToken: string
  refreshToken: string
  expiresIn: number
}

export interface DocumentRecord {
  documentName: string
  kind: Kind
  id: string
  title: string
  role: Role
  frozenAt: string | null
  ventureId: string | null
  createdAt: string
  updatedAt: string
}

export interface Member {
  userId: string
  name: string
  role: Role
  inherited: boolean
}

export interface Enforcement {
  nodes: number
  confirmed: number
  milliseconds: number
}

export interface Enforced {
  enforcement: Enforcement
}

export interface Venture {
  id: string
  name: string
  purpose: string | null
  planDocumentName: string
  role: Role
}

export interface Created {
  documentName: string
}

export interface SessionRecord {
  id: string
  createdAt: string
  lastUsedAt: string
  expiresAt: string
  userAgent: string | null
  address: string | null
  current: boolean
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
} as const
