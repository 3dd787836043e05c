/** Envelopes and their parties in words. */
import type { Envelope, EnvelopeParty } from '../../lib/api-types.ts'

export type EnvelopeState = Envelope['state']
export type PartyRole = EnvelopeParty['role']
type PartyState = EnvelopeParty['state']

interface StateWords {
  label: string
  color: 'gray' | 'yellow' | 'pine' | 'red'
}

export const envelopeStateWords: Record<EnvelopeState, StateWords> = {
  draft: { label: 'Not sent yet', color: 'gray' },
  sent: { label: 'Out for signature', color: 'yellow' },
  completed: { label: 'Completed', color: 'pine' },
  declined: { label: 'Declined', color: 'red' },
  voided: { label: 'Voided', color: 'red' },
  expired: { label: 'Expired', color: 'red' },
  superseded: { label: 'Replaced', color: 'gray' },
}

export const partyStateWords: Record<PartyState, StateWords> = {
  waiting: { label: 'Waits for their turn', color: 'gray' },
  invited: { label: 'Asked, not opened yet', color: 'yellow' },
  viewed: { label: 'Opened', color: 'yellow' },
  signed: { label: 'Signed', color: 'pine' },
  approved: { label: 'Approved', color: 'pine' },
  declined: { label: 'Declined', color: 'red' },
  delegated: { label: 'Handed over', color: 'gray' },
  skipped: { label: 'Not needed', color: 'gray' },
}

interface RoleWords {
  label: string
  /** What the role does. */
  purpose: string
  /** "asks you to sign". */
  verb: string
  /** The button of the act. */
  action: string
  /** After the act. */
  done: string
}

export const partyRoleWords: Record<PartyRole, RoleWords> = {
  signer: { label: 'Signer', purpose: 'Signs the document', verb: 'sign', action: 'Sign', done: 'You signed' },
  approver: {
    label: 'Approver',
    purpose: 'Approves before others go on, without a signature',
    verb: 'approve',
    action: 'Approve',
    done: 'You approved',
  },
  witness: {
    label: 'Witness',
    purpose: 'Signs after a signer, as their witness',
    verb: 'witness',
    action: 'Sign',
    done: 'You signed as witness',
  },
  copy: {
    label: 'Receives a copy',
    purpose: 'Gets the document when it is complete',
    verb: 'read',
    action: 'Read',
    done: 'You get a copy',
  },
}
export const partyRoleOrder: PartyRole[] = ['signer', 'approver', 'witness', 'copy']

export const isOnTurn = ({ state }: EnvelopeParty): boolean => state === 'invited' || state === 'viewed'
export const hasActed = ({ state }: EnvelopeParty): boolean => state === 'signed' || state === 'approved'

/** The party that the reader is. */
export const findOwnParty = ({ parties, ownPartyId }: Envelope): EnvelopeParty | undefined => parties.find(({ id }) => id === ownPartyId)

/** How many of the parties who act have acted. */
export function countActs({ parties }: Envelope): { done: number; all: number } {
  const acting = parties.filter(({ role, state }) => role !== 'copy' && state !== 'delegated' && state !== 'skipped')
  return { done: acting.filter(hasActed).length, all: acting.length }
}

/** The steps of an envelope with the parties of each; copies have no step. */
export function groupBySteps(parties: readonly EnvelopeParty[]): { step: number; parties: EnvelopeParty[] }[] {
  const acting = parties.filter(({ role }) => role !== 'copy')
  const steps = [...new Set(acting.map(({ step }) => step))].sort((one, other) => one - other)
  return steps.map((step) => ({ step, parties: acting.filter((party) => party.step === step) }))
}

/** What a party sees instead of the buttons when they cannot act. */
export function explainNoTurn(envelope: Envelope, party: EnvelopeParty): string | null {
  if (envelope.state === 'sent' && isOnTurn(party)) return null
  if (hasActed(party)) return null
  if (party.state === 'declined') return 'You declined this document.'
  const endings: Partial<Record<EnvelopeState, string>> = {
    completed: 'This document is complete.',
    declined: 'This document was declined. Nobody can sign it any more.',
    voided: `${envelope.senderName} voided this document. Nobody can sign it any more.`,
    expired: `The deadline has passed. ${envelope.senderName} can extend it.`,
    superseded: `${envelope.senderName} replaced this document by a corrected one.`,
  }
  const ending = endings[envelope.state]
  if (ending) return ending
  if (party.state === 'delegated') return 'Somebody else signs in your place.'
  if (party.state === 'skipped') return 'Enough others have signed: you are not needed.'
  if (party.role === 'copy') return 'You get a copy when the document is complete. There is nothing to sign.'
  if (party.state === 'waiting') return 'It is not your turn yet. You get a message when the others before you have signed.'
  return null
}
