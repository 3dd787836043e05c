/** States and events of state machines in words. */

const documentStateLabels: Record<string, string> = {
  draft: 'Draft',
  template_generation: 'Text is being made',
  under_review: 'In review',
  revision_requested: 'Changes requested',
  approved: 'Approved',
  rejected: 'Rejected',
  signing_workflow: 'Out for signature',
  signature_verification: 'Being verified',
  signature_rejected: 'Not signed',
  signature_invalid: 'Signature invalid',
  signing_expired: 'Deadline passed',
  effective: 'In force',
  amendment_draft: 'Amendment in draft',
  amendment_review: 'Amendment in review',
  amendment_signing: 'Amendment out for signature',
  breach_investigation: 'Breach investigated',
  breach_remediation: 'Breach being remedied',
  expired: 'Expired',
  terminated: 'Terminated',
  cancelled: 'Cancelled',
}

/** "SUBMIT_FOR_REVIEW" as "Submit for review". */
const toSentence = (name: string): string => {
  const words = name.replaceAll('_', ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The label of a state. */
export const toStateLabel = (state: string): string => documentStateLabels[state] ?? toSentence(state)
const eventLabels: Record<string, string> = {
  APPROVE: 'Approve',
  AMEND: 'Begin an amendment',
  BREACH_DETECTED: 'Report a breach',
  BREACH_CONFIRMED: 'Confirm the breach',
  BREACH_DISMISSED: 'Dismiss the breach',
  CREATE_NEW: 'Make it a draft again',
  EXPIRE: 'End the validity',
  GENERATE_TEMPLATE: 'Make the text from the template',
  REMEDIATION_COMPLETE: 'Breach remedied',
  REQUEST_REVISION: 'Request changes',
  REVISION_COMPLETE: 'Changes made',
  SUBMIT_FOR_REVIEW: 'Send for review',
  SUBMIT_AMENDMENT: 'Send the amendment for review',
  TERMINATE_FOR_BREACH: 'Terminate because of the breach',
}

/** The label of an event. */
export const toEventLabel = (event: string): string => eventLabels[event] ?? toSentence(event)

/** The color of a state's badge, beside its label. */
export function toStateColor(state: string): 'gray' | 'yellow' | 'pine' | 'red' {
  if (['approved', 'effective'].includes(state)) return 'pine'
  if (['draft', 'template_generation', 'amendment_draft', 'expired', 'terminated', 'cancelled'].includes(state)) return 'gray'
  return /rejected|invalid|expired|breach/.test(state) ? 'red' : 'yellow'
}
