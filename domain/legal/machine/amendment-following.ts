/** A document that is being amended follows the review and the signatures of its amendment. */
import type { CommandContext } from '../../kernel/operation.ts'
import type { Transitioned } from '../../workflows/events.ts'
import { readMachine, sendMachineEvent } from '../../workflows/machine.ts'
import { Draft } from '../draft-entity.ts'
import { readAmendment } from './amendment.ts'
import { legalDocumentMachine } from './document-machine.ts'

/** What the amended document is told, by its state and the new state of the amendment. */
const consequences: Record<string, Record<string, string>> = {
  amendment_draft: { under_review: 'SUBMIT_AMENDMENT', cancelled: 'CANCEL_AMENDMENT' },
  amendment_review: { approved: 'AMENDMENT_APPROVED', rejected: 'AMENDMENT_REJECTED', cancelled: 'AMENDMENT_REJECTED' },
  amendment_signing: { effective: 'AMENDMENT_SIGNED', cancelled: 'CANCEL_AMENDMENT' },
}

/** Moves the amended document in the transaction of its amendment. */
export async function followAmendment(work: CommandContext, { type, machineId, from, to }: Transitioned): Promise<void> {
  if (type !== legalDocumentMachine.type || from === null) return
  const { basedOn } = await work.em.findOneOrFail(Draft, machineId)
  if (!basedOn) return
  const { state } = await readMachine(work, legalDocumentMachine, basedOn)
  const event = consequences[state]?.[to]
  if (!event) return
  // of several drafts that go on from the document, the newest is the amendment; one that was cancelled just now is no longer found
  const amendment = await readAmendment(work, basedOn)
  if (to === 'cancelled' ? amendment !== undefined : amendment?.id !== machineId) return
  await sendMachineEvent(work, legalDocumentMachine, basedOn, event, { data: { amendmentId: machineId } })
}
