/** Compliance: what a person has to sign at their level, by when, and what they have signed. */
import { defineHook } from '../../kernel/manifest/hook.ts'
import { getRegistered } from '../../kernel/manifest/registry.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import { compareBySigningOrder, getLegalKind, type LegalKindSlug } from './legal-kind.ts'
import { kindsOfLevel, type LegalLevel } from './legal-level.ts'
import { type PersonLevel, readLevel } from './person-level.ts'
import { formatVersion, type Publication, readPublications } from './publication.ts'
import { readSignedDocuments, type SignedDocument } from './signed-document.ts'

/** Days that a person has to sign a text after it became required. */
export const graceDays = 30
const dayMs = 24 * 3600_000

export const requirementStatuses = ['NOT_REQUIRED', 'REQUIRED', 'PENDING', 'SIGNED', 'EXPIRED', 'REVOKED'] as const
export type RequirementStatus = (typeof requirementStatuses)[number]
export const overallStatuses = ['FULLY_COMPLIANT', 'PARTIALLY_COMPLIANT', 'NON_COMPLIANT'] as const

/** A kind that a person's level asks for. */
export interface Requirement {
  kind: LegalKindSlug
  code: string
  title: string
  status: RequirementStatus
  /** The published version and its document; null where no text is published, so that nothing is required. */
  version: string | null
  documentId: string | null
  /** The newest version that the person signed. */
  signedVersion: string | null
  signedAt: Date | null
  expiresAt: Date | null
  /** By when it must be signed; null where it need not be. */
  deadline: Date | null
}

export interface Compliance {
  userId: string
  level: LegalLevel
  overall: (typeof overallStatuses)[number]
  /** Percent of the required kinds that are signed; 100 where nothing is required. */
  score: number
  requirements: Requirement[]
  /** The kinds that must still be signed, in the order of signing. */
  missing: LegalKindSlug[]
  /** The next deadline of what is missing. */
  deadline: Date | null
}

/** Reads the kinds of which an envelope is waiting for a person's signature. */
export const PendingKinds = defineHook<(view: QueryContext, userId: string) => Promise<readonly string[]>>('legal.pending-kinds')

/** @throws DomainError not-found for an unknown person */
export async function readCompliance(view: QueryContext, userId: string): Promise<Compliance> {
  const level = await readLevel(view, userId)
  const publications = await readPublications(view)
  const signed = await readSignedDocuments(view, userId)
  const pending = new Set<string>()
  for (const readPending of getRegistered(PendingKinds)) for (const kind of await readPending(view, userId)) pending.add(kind)
  const requirements = [...kindsOfLevel(level.level)].sort(compareBySigningOrder).map((kind) =>
    assess(kind, {
      level,
      publication: publications.get(kind),
      signed: signed.filter((one) => one.kind === kind),
      isPending: pending.has(kind),
      now: view.now,
    }),
  )
  return { userId, level: level.level, requirements, ...summarize(requirements, view.now) }
}

interface Evidence {
  level: PersonLevel
  publication: Publication | undefined
  /** Signatures under this kind, the newest first. */
  signed: SignedDocument[]
  isPending: boolean
  now: Date
}

function assess(kind: LegalKindSlug, { level, publication, signed, isPending, now }: Evidence): Requirement {
  const { code, title } = getLegalKind(kind)
  const newest = signed[0]
  const present = signed.filter(({ major }) => major === publication?.major)
  const valid = present.find(({ revokedAt, expiresAt }) => !revokedAt && expiresAt > now)
  const shown = valid ?? newest
  const known = {
    kind,
    code,
    title,
    version: publication ? formatVersion(publication) : null,
    documentId: publication?.documentId ?? null,
    signedVersion: shown ? formatVersion(shown) : null,
    signedAt: shown?.signedAt ?? null,
    expiresAt: shown?.expiresAt ?? null,
  }
  if (!publication) return { ...known, status: 'NOT_REQUIRED', deadline: null }
  if (valid) return { ...known, status: 'SIGNED', deadline: null }
  const requiredAt = Math.max(level.since.getTime(), publication.majorSince.getTime(), present[0]?.revokedAt?.getTime() ?? 0)
  const ended = present[0] && !isRevoked(present[0]) ? present[0].expiresAt : undefined
  const deadline = ended ?? new Date(requiredAt + graceDays * dayMs)
  const lapsed = present[0] && (isRevoked(present[0]) ? 'REVOKED' : 'EXPIRED')
  return { ...known, status: isPending ? 'PENDING' : (lapsed ?? 'REQUIRED'), deadline }
}

/** Whether a signature was revoked before it expired. */
const isRevoked = ({ revokedAt, expiresAt }: SignedDocument): boolean => revokedAt !== null && revokedAt < expiresAt

function summarize(requirements: readonly Requirement[], now: Date): Pick<Compliance, 'overall' | 'score' | 'missing' | 'deadline'> {
  const required = requirements.filter(({ status }) => status !== 'NOT_REQUIRED')
  const open = required.filter(({ status }) => status !== 'SIGNED')
  const signedCount = required.length - open.length
  const deadline = open.reduce<Date | null>((first, one) => (one.deadline && (!first || one.deadline < first) ? one.deadline : first), null)
  const isLate = deadline !== null && deadline <= now
  const partly = signedCount > 0 && !isLate ? 'PARTIALLY_COMPLIANT' : 'NON_COMPLIANT'
  return {
    overall: open.length === 0 ? 'FULLY_COMPLIANT' : partly,
    score: required.length === 0 ? 100 : Math.round((signedCount / required.length) * 100),
    missing: open.map(({ kind }) => kind),
    deadline,
  }
}
