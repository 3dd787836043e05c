/** The states and events of a legal document, as data. `docs/state-machines.md` explains them. */
import type { EventDefinition, StateDefinition } from '../../workflows/definition.ts'
import type { DocumentState } from './document-state.ts'

const cancel = { CANCEL: { to: 'cancelled' } }
/** An amendment that does not come about: the document is what it was before, so an unsigned one does not become effective. */
const leaveAmendment = [
  { to: 'effective', where: { amendmentOf: 'effective' } },
  { to: 'approved', where: { amendmentOf: 'approved' } },
]

export const documentStateTable: Record<DocumentState, StateDefinition> = {
  draft: {
    meaning: 'It is being written.',
    on: {
      SUBMIT_FOR_REVIEW: { to: 'under_review', guards: ['hasRequiredContent'] },
      GENERATE_TEMPLATE: { to: 'template_generation', guards: ['hasTemplate'] },
      ...cancel,
    },
  },
  template_generation: {
    meaning: 'Its text is being made from a template.',
    on: { TEMPLATE_GENERATED: { to: 'draft' }, TEMPLATE_FAILED: { to: 'draft' }, ...cancel },
  },
  under_review: {
    meaning: 'Reviewers read it.',
    on: {
      APPROVE: { to: 'approved', guards: ['hasValidApproval'] },
      REJECT: { to: 'rejected' },
      REQUEST_REVISION: { to: 'revision_requested' },
      ...cancel,
    },
  },
  revision_requested: {
    meaning: 'A reviewer asked for changes.',
    on: { REVISION_COMPLETE: { to: 'under_review', guards: ['hasRequiredContent'] }, ...cancel },
  },
  approved: {
    meaning: 'Everyone who was asked approved it. It can be sent for signature.',
    on: {
      INITIATE_SIGNING: { to: 'signing_workflow', guards: ['hasValidApproval', 'hasRequiredSigners'] },
      AMEND: { to: 'amendment_draft', remember: { amendmentOf: 'approved' } },
      EXPIRE: { to: 'expired' },
    },
  },
  rejected: { meaning: 'A reviewer rejected it.', on: { APPEAL: { to: 'under_review' }, CREATE_NEW: { to: 'draft' } } },
  signing_workflow: {
    meaning: 'The parties are signing it.',
    on: {
      SIGNATURE_RECEIVED: { to: 'signing_workflow', guards: ['hasSignature'] },
      ALL_SIGNATURES_COMPLETE: { to: 'signature_verification', guards: ['hasAllSignatures'] },
      SIGNATURE_REJECTED: { to: 'signature_rejected' },
      SIGNING_EXPIRED: { to: 'signing_expired' },
    },
  },
  signature_verification: {
    meaning: 'Everyone signed. The signatures are being verified.',
    on: {
      SIGNATURES_VERIFIED: { to: 'effective', guards: ['hasAllSignatures', 'allSignaturesValid'] },
      SIGNATURE_INVALID: { to: 'signature_invalid' },
    },
  },
  signature_rejected: {
    meaning: 'A party declined to sign, or the sender voided the envelope.',
    on: { RETRY_SIGNING: { to: 'signing_workflow', guards: ['hasRequiredSigners'] }, ...cancel },
  },
  signature_invalid: {
    meaning: 'A signature could not be verified.',
    on: { RETRY_VERIFICATION: { to: 'signature_verification' }, ...cancel },
  },
  signing_expired: {
    meaning: 'The deadline passed before everyone signed.',
    on: { EXTEND_SIGNING: { to: 'signing_workflow', guards: ['hasRequiredSigners'] }, ...cancel },
  },
  effective: {
    meaning: 'It is signed and in force.',
    on: {
      AMEND: { to: 'amendment_draft', remember: { amendmentOf: 'effective' } },
      TERMINATE: { to: 'terminated' },
      EXPIRE: { to: 'expired' },
      BREACH_DETECTED: { to: 'breach_investigation' },
    },
    after: [{ event: 'EXPIRE', deadline: 'endOfValidity' }],
  },
  amendment_draft: {
    meaning: 'An amendment is being written, as a draft of its own.',
    on: { SUBMIT_AMENDMENT: { to: 'amendment_review', guards: ['hasAmendment'] }, CANCEL_AMENDMENT: leaveAmendment },
  },
  amendment_review: {
    meaning: 'Reviewers read the amendment.',
    on: { AMENDMENT_APPROVED: { to: 'amendment_signing', guards: ['hasApprovedAmendment'] }, AMENDMENT_REJECTED: leaveAmendment },
  },
  amendment_signing: {
    meaning: 'The amendment is approved and waits for its signatures.',
    on: { AMENDMENT_SIGNED: leaveAmendment.map((one) => ({ ...one, guards: ['hasSignedAmendment'] })), CANCEL_AMENDMENT: leaveAmendment },
  },
  breach_investigation: {
    meaning: 'Somebody reported a breach, which is being investigated.',
    on: { BREACH_CONFIRMED: { to: 'breach_remediation' }, BREACH_DISMISSED: { to: 'effective' } },
  },
  breach_remediation: {
    meaning: 'A breach was confirmed and is being remedied.',
    on: { REMEDIATION_COMPLETE: { to: 'effective' }, TERMINATE_FOR_BREACH: { to: 'terminated' } },
  },
  expired: { meaning: 'Its validity ended.', on: { RENEW: { to: 'draft' } } },
  terminated: { meaning: 'It was ended before its time.' },
  cancelled: { meaning: 'It was given up before it took effect.' },
}

export const documentEvents: Record<string, EventDefinition> = {
  SUBMIT_FOR_REVIEW: { by: 'editor', meaning: 'Asks the reviewers to read the draft.' },
  GENERATE_TEMPLATE: { by: 'editor', meaning: 'Fills an empty draft with the text of its template.' },
  TEMPLATE_GENERATED: { by: 'smartstart', meaning: 'The template’s text is in the draft.' },
  TEMPLATE_FAILED: { by: 'smartstart', meaning: 'The template’s text could not be made.' },
  CANCEL: { by: 'owner', meaning: 'Gives the document up, for good.' },
  APPROVE: { by: 'reviewer', meaning: 'Ends the review, once every reviewer who was asked approves the present text.' },
  REJECT: { by: 'reviewer', meaning: 'Ends the review without approval.' },
  REQUEST_REVISION: { by: 'reviewer', meaning: 'Asks the authors for changes.' },
  REVISION_COMPLETE: { by: 'editor', meaning: 'Returns the changed draft to its reviewers.' },
  APPEAL: { by: 'editor', meaning: 'Asks the reviewers to read a rejected document again, unchanged.' },
  CREATE_NEW: { by: 'editor', meaning: 'Makes a rejected document a draft again, to be written anew.' },
  INITIATE_SIGNING: { by: 'signing', meaning: 'The envelope was sent to the parties.' },
  SIGNATURE_RECEIVED: { by: 'signing', meaning: 'A party signed.' },
  ALL_SIGNATURES_COMPLETE: { by: 'signing', meaning: 'Every required party signed.' },
  SIGNATURE_REJECTED: { by: 'signing', meaning: 'A party declined, or the envelope was voided.' },
  SIGNING_EXPIRED: { by: 'signing', meaning: 'The deadline passed.' },
  SIGNATURES_VERIFIED: { by: 'signing', meaning: 'All signatures are valid.' },
  SIGNATURE_INVALID: { by: 'signing', meaning: 'A signature is invalid.' },
  RETRY_SIGNING: { by: 'signing', meaning: 'The envelope was corrected and sent again.' },
  RETRY_VERIFICATION: { by: 'owner', meaning: 'Verifies the signatures again.' },
  EXTEND_SIGNING: { by: 'signing', meaning: 'The deadline was extended.' },
  AMEND: { by: 'owner', meaning: 'Begins an amendment: continue the document in a new draft, which is reviewed and signed on its own.' },
  SUBMIT_AMENDMENT: { by: 'editor', meaning: 'Asks the reviewers to read the amendment.' },
  CANCEL_AMENDMENT: { by: 'owner', meaning: 'Gives the amendment up.' },
  AMENDMENT_APPROVED: { by: 'reviewer', meaning: 'Ends the review of the amendment, once it is approved.' },
  AMENDMENT_REJECTED: { by: 'reviewer', meaning: 'Ends the review of the amendment without approval.' },
  AMENDMENT_SIGNED: { by: 'signing', meaning: 'The amendment is signed and in force.' },
  TERMINATE: { by: 'ownerOrAdministrator', meaning: 'Ends a document in force before its time. Signatures under it no longer count.' },
  EXPIRE: { by: 'ownerOrAdministrator', meaning: 'Ends the validity. SmartStart sends it when the days of its kind are over.' },
  RENEW: { by: 'owner', meaning: 'Begins the next term of an expired document: it is reviewed and signed again.' },
  BREACH_DETECTED: { by: 'ownerOrAdministrator', meaning: 'Reports a breach.' },
  BREACH_CONFIRMED: { by: 'ownerOrAdministrator', meaning: 'Confirms the breach; it must be remedied.' },
  BREACH_DISMISSED: { by: 'ownerOrAdministrator', meaning: 'Finds that there was no breach.' },
  REMEDIATION_COMPLETE: { by: 'ownerOrAdministrator', meaning: 'The breach is remedied.' },
  TERMINATE_FOR_BREACH: { by: 'ownerOrAdministrator', meaning: 'Ends the document because of the breach.' },
}
