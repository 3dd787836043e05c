/** What changes a person's compliance: signatures, requirements, levels and expiry. Each moves the person's state machine. */
import { DomainError } from '../../kernel/errors.ts'
import type { CommandContext } from '../../kernel/operation.ts'
import { deleteMachine, hasMachine, readMachine, sendMachineEvent, startMachine } from '../../workflows/machine.ts'
import type { Transitioned } from '../../workflows/events.ts'
import { resetTimers } from '../../workflows/timer.ts'
import { readCompliance } from './compliance.ts'
import { userComplianceMachine } from './compliance-machine.ts'
import { legalDocumentMachine } from '../machine/document-machine.ts'
import { isLegalKind } from './legal-kind.ts'
import { findPublicationOf } from './publication.ts'
import { forgetSignedDocuments, insertSignedDocument, revokeSignatures } from './signed-document.ts'

/** Starts the machine of a person who has none. @param initial the state in which it starts */
async function ensureMachine(work: CommandContext, userId: string, initial: string): Promise<void> {
  if (await hasMachine(work, userComplianceMachine, userId)) return
  await startMachine(work, userComplianceMachine, userId, { initial }).catch((error: unknown) => {
    // another transaction started it just now
    if (!(error instanceof DomainError && error.code === 'conflict')) throw error
  })
}

/** Sends an event where the state knows it; otherwise only the deadlines are computed again. */
async function sendIfKnown(work: CommandContext, userId: string, event: string, data?: Record<string, unknown>): Promise<void> {
  const { state } = await readMachine(work, userComplianceMachine, userId)
  if (userComplianceMachine.states[state]?.on?.[event]) await sendMachineEvent(work, userComplianceMachine, userId, event, { data })
  else await resetTimers(work, userComplianceMachine, userId)
}

/**
 * Records that a person signed a document, in the transaction of the last signature. It counts towards their compliance where the document
 * is a published text of its kind: its draft, or a copy with the same content hash.
 * @returns whether it counts
 */
export async function recordSignedDocument(
  work: CommandContext,
  { userId, kind, documentId, signedAt }: { userId: string; kind: string; documentId: string; signedAt: Date },
): Promise<boolean> {
  if (!isLegalKind(kind)) return false
  const publication = await findPublicationOf(work, kind, documentId)
  if (!publication) return false
  await ensureMachine(work, userId, userComplianceMachine.initial)
  await insertSignedDocument(work, publication, { userId, documentId, signedAt })
  await sendIfKnown(work, userId, 'DOCUMENT_SIGNED', { kind, documentId, version: `${publication.major}.${publication.minor}.0` })
  return true
}

/** After an administrator gave a person another level. */
export async function followLevel(work: CommandContext, userId: string, level: string): Promise<void> {
  await ensureMachine(work, userId, userComplianceMachine.initial)
  await sendIfKnown(work, userId, 'RBAC_UPGRADE_REQUESTED', { level })
  const { missing } = await readCompliance(work, userId)
  if (missing.length === 0) await sendIfKnown(work, userId, 'REQUIREMENT_REMOVED')
}

/** After a text was published or withdrawn. People whose machine has not started need nothing: it starts with what is required then. */
export async function followRequirements(work: CommandContext, userId: string): Promise<void> {
  const { missing } = await readCompliance(work, userId)
  await sendIfKnown(work, userId, missing.length > 0 ? 'NEW_REQUIREMENT_ADDED' : 'REQUIREMENT_REMOVED')
}

/** Signatures under a document that was terminated or has expired no longer count. */
export async function followEndedDocument(work: CommandContext, { type, machineId, to }: Transitioned): Promise<void> {
  if (type === legalDocumentMachine.type && ['terminated', 'expired'].includes(to)) await revokeSignedDocument(work, machineId)
}

/** Takes back the signatures of all persons under a document. */
export async function revokeSignedDocument(work: CommandContext, documentId: string): Promise<void> {
  for (const userId of await revokeSignatures(work, documentId)) {
    await ensureMachine(work, userId, 'compliant')
    const { missing } = await readCompliance(work, userId)
    if (missing.length > 0) await sendIfKnown(work, userId, 'DOCUMENT_EXPIRED')
  }
}

/** Deletes what is stored of a person whose account is deleted. */
export async function forgetCompliance(work: CommandContext, userId: string): Promise<void> {
  await deleteMachine(work, userComplianceMachine, userId)
  await forgetSignedDocuments(work, userId)
  await work.db.deleteFrom('legal_level').where('user_id', '=', userId).execute()
}
