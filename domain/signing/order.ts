/** The order of an envelope: whose turn it is, and when everybody who is needed has acted. Plain rules over the parties. */
import { hasActed, type Party } from './party.ts'

type Needed = Record<string, number>

/** Whether a party's act counts for its step: signers and approvers who are not replaced by somebody else. */
const counts = ({ role, state }: Party): boolean => (role === 'signer' || role === 'approver') && state !== 'delegated'

/** The steps of an envelope in their order. Copies have none. */
export const stepsOf = (parties: readonly Party[]): number[] =>
  [...new Set(parties.filter(({ role }) => role !== 'copy').map(({ step }) => step))].sort((one, other) => one - other)

/** The witnesses who have to confirm a signature that was given. */
const missingWitnesses = (parties: readonly Party[]): Party[] =>
  parties.filter(
    ({ role, state, witnessOf }) =>
      role === 'witness' &&
      state !== 'delegated' &&
      state !== 'signed' &&
      parties.some((signer) => signer.id === witnessOf && signer.state === 'signed'),
  )

/** How many acts a step still needs: of signers and approvers, and of the witnesses of signatures that were given. */
export function countMissing(parties: readonly Party[], step: number, needed: Needed): number {
  const members = parties.filter((party) => party.step === step)
  const counting = members.filter(counts)
  const enough = Math.min(needed[step] ?? counting.length, counting.length)
  return Math.max(0, enough - counting.filter(hasActed).length) + missingWitnesses(members).length
}

const isStepComplete = (parties: readonly Party[], step: number, needed: Needed): boolean => countMissing(parties, step, needed) === 0

/** The first step that is not complete; undefined where all are. */
export const currentStep = (parties: readonly Party[], needed: Needed): number | undefined =>
  stepsOf(parties).find((step) => !isStepComplete(parties, step, needed))

/** The waiting parties whose turn it is now. A witness's turn begins when the signer has signed. */
export function partiesToInvite(parties: readonly Party[], needed: Needed): Party[] {
  const step = currentStep(parties, needed)
  if (step === undefined) return []
  const witnesses = new Set(missingWitnesses(parties).map(({ id }) => id))
  return parties.filter((party) => party.state === 'waiting' && party.step === step && (counts(party) || witnesses.has(party.id)))
}

/** The parties of complete steps who have not acted and are not needed any more: the others of an "n of m" step, and their witnesses. */
export const partiesToSkip = (parties: readonly Party[], needed: Needed): Party[] =>
  parties.filter(
    (party) =>
      party.role !== 'copy' && ['waiting', 'invited', 'viewed'].includes(party.state) && isStepComplete(parties, party.step, needed),
  )
