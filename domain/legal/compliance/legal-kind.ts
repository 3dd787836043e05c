/** Kinds of documents that people sign with the platform. Each has one slug; codes that two kinds share in older lists are kept apart here. */

export interface LegalKind {
  /** The short name in older lists. */
  readonly code: string
  readonly title: string
  /** Days after signing for which it counts; absent: `defaultValidityDays`. */
  readonly validityDays?: number
  /** Its place in the order of signing at registration; others follow by title. */
  readonly order?: number
}

/** Days for which a signed document counts, where its kind says nothing else. */
export const defaultValidityDays = 365

export const legalKinds = {
  'platform-participation': { code: 'PPA', title: 'Platform participation agreement', validityDays: 365, order: 1 },
  'esignature-consent': { code: 'ESCA', title: 'Electronic signature and consent agreement', order: 2 },
  'privacy-notice': { code: 'PNA', title: 'Privacy notice and acknowledgment', order: 3 },
  'payment-processing': { code: 'PAY', title: 'Payment processing agreement', order: 4 },
  'mutual-nda': { code: 'MNDA', title: 'Mutual non-disclosure agreement of the platform', order: 5 },
  'security-tooling': { code: 'STA', title: 'Security and tooling acknowledgment', order: 6 },
  'platform-tools-subscription': { code: 'PTSA', title: 'Platform tools subscription agreement' },
  'seat-order': { code: 'SOBA', title: 'Seat order and billing authorization', validityDays: 365 },
  'seat-order-update': { code: 'SOBA-U', title: 'Update of the seat order' },
  'team-collaboration': { code: 'TCA', title: 'Team collaboration agreement' },
  'project-upgrade-order': { code: 'PUOHA', title: 'Project upgrade order and hosting addendum' },
  'idea-submission': { code: 'ISEA', title: 'Idea submission and evaluation agreement', validityDays: 90 },
  'venture-owner': { code: 'VOA', title: 'Venture owner agreement' },
  'participant-collaboration': { code: 'PCA', title: 'Participant collaboration agreement', validityDays: 180 },
  'joint-development': { code: 'JDA', title: 'Joint development agreement', validityDays: 365 },
  'contributor-license': { code: 'CLA', title: 'Contributor license agreement' },
  'ip-assignment': { code: 'IAA', title: 'IP assignment agreement' },
  'project-nda': { code: 'PPNA', title: 'Project non-disclosure addendum', validityDays: 90 },
  'project-nda-tier-1': { code: 'PPNA-1', title: 'Project non-disclosure addendum, tier 1', validityDays: 90 },
  'project-nda-tier-2': { code: 'PPNA-2', title: 'Project non-disclosure addendum, tier 2', validityDays: 90 },
  'project-nda-tier-3': { code: 'PPNA-3', title: 'Project non-disclosure addendum, tier 3', validityDays: 90 },
  'security-tier-1': { code: 'ST1A', title: 'Security tier 1 acknowledgment' },
  'security-tier-2': { code: 'ST2A', title: 'Security tier 2 acknowledgment' },
  'security-tier-3': { code: 'ST3A', title: 'Security tier 3 acknowledgment' },
  'crown-jewel-ip': { code: 'CJIA', title: 'Agreement on the most valuable IP' },
  'enhanced-security': { code: 'ESA', title: 'Enhanced security agreement' },
  'security-clearance': { code: 'SCV', title: 'Security clearance verification' },
  'billing-administration': { code: 'BAA', title: 'Billing administration agreement' },
  'security-administration': { code: 'SAA', title: 'Security administration agreement' },
  'legal-administration': { code: 'LAA', title: 'Legal administration agreement' },
  'data-analytics': { code: 'DAA', title: 'Data analytics agreement' },
  'deliverable-assignment': { code: 'DLA', title: 'Deliverable assignment agreement' },
  'data-anonymization': { code: 'DANA', title: 'Data anonymization agreement' },
  'reporting-compliance': { code: 'RPCA', title: 'Reporting compliance agreement' },
  'api-usage': { code: 'APIUA', title: 'API usage agreement' },
  'integration-security': { code: 'INSA', title: 'Integration security agreement' },
  'data-export': { code: 'DEA', title: 'Data export agreement' },
  'document-management': { code: 'DMA', title: 'Document management agreement' },
  'version-control': { code: 'VCA', title: 'Version control agreement' },
  'retention-policy': { code: 'RPA', title: 'Retention policy acknowledgment' },
  'incident-response': { code: 'IRA', title: 'Incident response agreement' },
  'breach-notification': { code: 'BNA', title: 'Breach notification agreement' },
  'forensic-investigation': { code: 'FIA', title: 'Forensic investigation agreement' },
  'audit-cooperation': { code: 'ACA', title: 'Audit cooperation agreement' },
  'access-control': { code: 'ACCA', title: 'Access control agreement' },
  'document-production': { code: 'DPRA', title: 'Document production agreement' },
  'audit-confidentiality': { code: 'AUCA', title: 'Audit confidentiality agreement' },
  'enhanced-confidentiality': { code: 'ECA', title: 'Enhanced confidentiality agreement' },
  'audit-trail': { code: 'ATA', title: 'Audit trail acknowledgment' },
  'legal-compliance': { code: 'LCA', title: 'Legal compliance acknowledgment' },
  'attorney-client-privilege': { code: 'ACPA', title: 'Attorney–client privilege agreement' },
  'regulatory-compliance': { code: 'RCA', title: 'Regulatory compliance agreement' },
  'data-processing': { code: 'DPA', title: 'Data processing addendum' },
  'data-sharing': { code: 'DSA', title: 'Data sharing agreement' },
  'buz-terms': { code: 'BTS', title: 'BUZ token terms' },
  'buz-privacy': { code: 'BPP', title: 'BUZ token privacy policy' },
  'equity-vesting': { code: 'EVA', title: 'Equity vesting agreement' },
  'revenue-sharing': { code: 'RSA', title: 'Revenue sharing agreement' },
  'equity-framework': { code: 'EFA', title: 'Equity framework agreement' },
  shareholders: { code: 'SHA', title: 'Shareholders’ agreement' },
} as const satisfies Record<string, LegalKind>

export type LegalKindSlug = keyof typeof legalKinds
export const legalKindSlugs = Object.keys(legalKinds) as LegalKindSlug[]

/** Whether a kind of draft is one of these. */
export const isLegalKind = (kind: string): kind is LegalKindSlug => Object.hasOwn(legalKinds, kind)

export const getLegalKind = (kind: LegalKindSlug): LegalKind => legalKinds[kind]

/** Days for which a signed document of a kind counts. */
export const validityDaysOf = (kind: LegalKindSlug): number => getLegalKind(kind).validityDays ?? defaultValidityDays

const dayMs = 24 * 3600_000

/** The end of the validity of a document that was signed at a time. */
export const computeEndOfValidity = (kind: LegalKindSlug, signedAt: Date): Date =>
  new Date(signedAt.getTime() + validityDaysOf(kind) * dayMs)

/** Compares two kinds by the order in which people sign them. */
export function compareBySigningOrder(one: LegalKindSlug, other: LegalKindSlug): number {
  const last = Number.MAX_SAFE_INTEGER
  const [a, b] = [getLegalKind(one), getLegalKind(other)]
  return (a.order ?? last) - (b.order ?? last) || a.title.localeCompare(b.title, 'en')
}
