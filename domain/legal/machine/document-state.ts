/** The states of a legal document. */
export const documentStates = [
  'draft',
  'template_generation',
  'under_review',
  'revision_requested',
  'approved',
  'rejected',
  'signing_workflow',
  'signature_verification',
  'signature_rejected',
  'signature_invalid',
  'signing_expired',
  'effective',
  'amendment_draft',
  'amendment_review',
  'amendment_signing',
  'breach_investigation',
  'breach_remediation',
  'expired',
  'terminated',
  'cancelled',
] as const
export type DocumentState = (typeof documentStates)[number]
