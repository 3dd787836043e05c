import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

const ids = { envelopeId: z.uuid(), documentId: z.uuid() }
const party = { ...ids, partyId: z.uuid() }

export const EnvelopePrepared = event('envelope.prepared', ids)
export const EnvelopeSent = event('envelope.sent', ids)
/** It is a party's turn. */
export const PartyInvited = event('envelope.party-invited', party)
/** A party whose turn it is was reminded. */
export const PartyReminded = event('envelope.party-reminded', party)
/** A party opened the document. */
export const PartyViewed = event('envelope.party-viewed', party)
/** A party signed, approved or confirmed as a witness. */
export const PartySigned = event('envelope.party-signed', { ...party, role: z.string() })
export const PartyDelegated = event('envelope.party-delegated', { ...party, toPartyId: z.uuid() })
/** Everybody who is needed has signed. */
export const EnvelopeCompleted = event('envelope.completed', { ...ids, contentHash: z.string() })
/** A party declined: nobody can sign any more. */
export const EnvelopeDeclined = event('envelope.declined', { ...party, reason: z.string().nullable() })
export const EnvelopeVoided = event('envelope.voided', { ...ids, reason: z.string() })
export const EnvelopeExpired = event('envelope.expired', ids)
/** It has a later deadline, and goes on if it had expired. */
export const EnvelopeExtended = event('envelope.extended', { ...ids, deadline: z.iso.datetime() })
/** It was replaced by a corrected envelope. */
export const EnvelopeSuperseded = event('envelope.superseded', { ...ids, byEnvelopeId: z.uuid() })
/** The sealed file is to be made again, since it is missing. */
export const SealRequested = event('envelope.seal-requested', { envelopeId: z.uuid() })
/** The sealed file of a completed envelope is ready. */
export const EnvelopeSealed = event('envelope.sealed', { ...ids, sha256: z.string() })
