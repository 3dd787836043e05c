/** Kinds of drafts. */
import { legalKindSlugs } from './compliance/legal-kind.ts'

/** Kinds of agreements between people. */
const agreementKinds = [
  'agreement',
  'nda',
  'contributor-agreement',
  'founders-agreement',
  'ip-assignment',
  'advisor-agreement',
  'investment-note',
  'charter',
  'umbrella-agreement',
  'other',
] as const

/** All kinds: agreements between people, and what people sign with the platform. */
export const draftKinds = [...agreementKinds, ...legalKindSlugs.filter((kind) => kind !== 'ip-assignment')] as const
export type DraftKind = (typeof draftKinds)[number]
