/** The state machine of a legal document, from draft to termination. `legal_draft.state` follows it. */
import { LockMode } from '@mikro-orm/core'
import type { CommandContext } from '../../kernel/operation.ts'
import { requireEditor } from '../../access/permission.ts'
import type { Guard, MachineDefinition, TakenTransition } from '../../workflows/definition.ts'
import { Draft, draftSubject } from '../draft-entity.ts'
import { type DocumentFacts, readDocumentFacts } from './document-facts.ts'
import { documentSenders, requireDocumentReader } from './document-senders.ts'
import type { DocumentState } from './document-state.ts'
import { documentEvents, documentStateTable } from './document-transitions.ts'

/** States of a document that was approved and may yet be signed, or is. */
const approvedStates: readonly DocumentState[] = ['approved', 'signing_workflow', 'signature_verification', 'effective']

const guard = (findObstacle: (facts: DocumentFacts) => string | undefined): Guard<DocumentFacts> => ({ findObstacle })

export const legalDocumentMachine: MachineDefinition<DocumentFacts> = {
  type: 'legalDocument',
  version: 1,
  initial: 'draft',
  states: documentStateTable,
  events: documentEvents,
  senders: documentSenders,
  guards: {
    hasRequiredContent: guard(({ isEmpty }) => (isEmpty ? 'The document has no text.' : undefined)),
    hasTemplate: guard(({ isEmpty, hasTemplate }) => {
      if (!isEmpty) return 'The document has a text already.'
      return hasTemplate ? undefined : 'There is no template of its kind.'
    }),
    hasValidApproval: guard(({ approvalObstacles }) => (approvalObstacles.length > 0 ? approvalObstacles.join(' ') : undefined)),
    hasRequiredSigners: guard(({ signers }) => (signers.required > 0 ? undefined : 'Nobody is asked to sign.')),
    hasSignature: guard(({ signers }) => (signers.signed > 0 ? undefined : 'No signature is recorded.')),
    hasAllSignatures: guard(({ signers: { required, signed } }) =>
      required > 0 && signed >= required ? undefined : `${signed} of ${required} required signatures are recorded.`,
    ),
    allSignaturesValid: guard(({ signers }) => (signers.invalid === 0 ? undefined : `${signers.invalid} signatures are invalid.`)),
    hasAmendment: guard(({ amendment }) => (amendment ? undefined : 'There is no amendment yet: continue this document in a new draft.')),
    hasApprovedAmendment: guard(({ amendment }) =>
      amendment && approvedStates.includes(amendment.state) ? undefined : 'The amendment is not approved.',
    ),
    hasSignedAmendment: guard(({ amendment }) => (amendment?.state === 'effective' ? undefined : 'The amendment is not signed.')),
  },
  deadlines: { endOfValidity: { computeDueTime: ({ endOfValidity }) => endOfValidity ?? undefined } },
  subjectOf: (id) => draftSubject({ id }),
  requireReader: requireDocumentReader,
  requireStarter: requireEditor(draftSubject),
  readFacts: readDocumentFacts,
  onTransition: followMachine,
}

/** Keeps the state in the draft's row. */
async function followMachine(work: CommandContext, { id, from, to }: TakenTransition): Promise<void> {
  if (from === to) return
  // the row may have been read and changed in this transaction
  await work.em.flush()
  const draft = await work.em.findOneOrFail(Draft, id, { refresh: true, lockMode: LockMode.PESSIMISTIC_WRITE })
  draft.state = to as DocumentState
  await work.em.flush()
}
