/** Legal levels: what people may take part in, and the kinds of documents that each level requires. */
import { type LegalKindSlug, legalKindSlugs } from './legal-kind.ts'

interface LegalLevelDefinition {
  /** The level whose requirements it has, too. */
  readonly after?: LegalLevel
  readonly adds: readonly LegalKindSlug[]
}

export const legalLevels = [
  'GUEST',
  'MEMBER',
  'SUBSCRIBER',
  'SEAT_HOLDER',
  'VENTURE_OWNER',
  'VENTURE_PARTICIPANT',
  'EXTERNAL_PARTNER',
  'CONFIDENTIAL_ACCESS',
  'RESTRICTED_ACCESS',
  'HIGHLY_RESTRICTED_ACCESS',
  'BILLING_ADMIN',
  'SECURITY_ADMIN',
  'LEGAL_ADMIN',
  'ANALYTICS_ACCESS',
  'API_ACCESS',
  'DOCUMENT_ADMIN',
  'INCIDENT_RESPONDER',
  'AUDIT_PARTICIPANT',
] as const
export type LegalLevel = (typeof legalLevels)[number]

/** The level of people to whom no administrator gave another. */
export const defaultLegalLevel: LegalLevel = 'MEMBER'

const definitions: Record<LegalLevel, LegalLevelDefinition> = {
  GUEST: { adds: [] },
  MEMBER: { after: 'GUEST', adds: ['platform-participation', 'esignature-consent', 'privacy-notice', 'mutual-nda', 'security-tooling'] },
  SUBSCRIBER: { after: 'MEMBER', adds: ['platform-tools-subscription', 'seat-order'] },
  SEAT_HOLDER: { after: 'SUBSCRIBER', adds: ['seat-order-update', 'team-collaboration'] },
  VENTURE_OWNER: { after: 'SEAT_HOLDER', adds: ['idea-submission', 'venture-owner', 'project-nda'] },
  VENTURE_PARTICIPANT: { after: 'VENTURE_OWNER', adds: ['participant-collaboration', 'project-nda', 'ip-assignment'] },
  EXTERNAL_PARTNER: { after: 'GUEST', adds: ['joint-development', 'mutual-nda', 'project-nda', 'data-processing'] },
  CONFIDENTIAL_ACCESS: { after: 'VENTURE_PARTICIPANT', adds: ['security-tier-1', 'project-nda-tier-1'] },
  RESTRICTED_ACCESS: { after: 'CONFIDENTIAL_ACCESS', adds: ['security-tier-2', 'enhanced-security', 'project-nda-tier-2'] },
  HIGHLY_RESTRICTED_ACCESS: {
    after: 'RESTRICTED_ACCESS',
    adds: ['security-tier-3', 'crown-jewel-ip', 'enhanced-security', 'project-nda-tier-3', 'security-clearance'],
  },
  BILLING_ADMIN: { after: 'HIGHLY_RESTRICTED_ACCESS', adds: ['billing-administration', 'enhanced-confidentiality', 'audit-trail'] },
  SECURITY_ADMIN: {
    after: 'BILLING_ADMIN',
    adds: ['security-administration', 'incident-response', 'enhanced-confidentiality', 'legal-compliance'],
  },
  LEGAL_ADMIN: {
    after: 'SECURITY_ADMIN',
    adds: ['legal-administration', 'attorney-client-privilege', 'enhanced-confidentiality', 'regulatory-compliance'],
  },
  ANALYTICS_ACCESS: { after: 'MEMBER', adds: ['data-analytics', 'data-anonymization', 'reporting-compliance'] },
  API_ACCESS: { after: 'MEMBER', adds: ['api-usage', 'integration-security', 'data-export'] },
  DOCUMENT_ADMIN: { after: 'MEMBER', adds: ['document-management', 'version-control', 'retention-policy'] },
  INCIDENT_RESPONDER: { after: 'MEMBER', adds: ['incident-response', 'breach-notification', 'forensic-investigation'] },
  AUDIT_PARTICIPANT: { after: 'MEMBER', adds: ['audit-cooperation', 'document-production', 'audit-confidentiality'] },
}

/** The kinds that a level requires, once their texts are published. */
export function kindsOfLevel(level: LegalLevel): Set<LegalKindSlug> {
  const { after, adds } = definitions[level]
  return new Set([...(after ? kindsOfLevel(after) : []), ...adds])
}

/** The levels that require a kind. */
export const levelsRequiring = (kind: LegalKindSlug): LegalLevel[] => legalLevels.filter((level) => kindsOfLevel(level).has(kind))

/** Kinds that some level requires. */
export const requirableKinds = legalKindSlugs.filter((kind) => levelsRequiring(kind).length > 0)
