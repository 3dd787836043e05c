/** The parties of an envelope that is being prepared, and their order. Plain functions: each returns the changed value. */
import type { Envelope } from '../../../lib/api-types.ts'
import { groupBySteps, type PartyRole } from '../envelope-words.ts'

export interface PartyDraft {
  key: string
  /** Null: they have no account. */
  userId: string | null
  name: string
  email: string
  role: PartyRole
  /** Of a witness: the key of the signer. */
  witnessOf: string | null
}

/** Signers and approvers who act at the same time. */
export interface StepDraft {
  parties: PartyDraft[]
  /** How many of them must act; null: all. */
  needed: number | null
}

export interface OrderDraft {
  steps: StepDraft[]
  witnesses: PartyDraft[]
  copies: PartyDraft[]
}

const isInSteps = ({ role }: PartyDraft) => role === 'signer' || role === 'approver'

export function readOrder({ parties, needed }: Envelope): OrderDraft {
  const drafts = new Map(
    parties.map(({ id, userId, name, email, role, witnessOf }) => [id, { key: id, userId, name, email, role, witnessOf }]),
  )
  const all = [...drafts.values()]
  const steps = groupBySteps(parties).map(({ step, parties: members }) => ({
    parties: members.map(({ id }) => drafts.get(id) as PartyDraft).filter(isInSteps),
    needed: needed[step] ?? null,
  }))
  return {
    steps: steps.filter(({ parties: members }) => members.length > 0),
    witnesses: all.filter(({ role }) => role === 'witness'),
    copies: all.filter(({ role }) => role === 'copy'),
  }
}

export const listParties = ({ steps, witnesses, copies }: OrderDraft): PartyDraft[] => [
  ...steps.flatMap(({ parties }) => parties),
  ...witnesses,
  ...copies,
]
export const listSigners = ({ steps }: OrderDraft): PartyDraft[] =>
  steps.flatMap(({ parties }) => parties).filter(({ role }) => role === 'signer')

/** The parties as the API takes them: witnesses stand behind their signer, copies at the end. */
export function writeOrder({ steps, witnesses, copies }: OrderDraft) {
  const listed = [
    ...steps.flatMap(({ parties }, index) =>
      parties.flatMap((party) =>
        [party, ...witnesses.filter(({ witnessOf }) => witnessOf === party.key)].map((one) => ({ party: one, step: index + 1 })),
      ),
    ),
    ...copies.map((party) => ({ party, step: 1 })),
  ]
  const placeOf = (key: string) => listed.findIndex(({ party }) => party.key === key) + 1
  return {
    parties: listed.map(({ party: { userId, name, email, role, witnessOf }, step }) => ({
      ...(userId ? { userId } : { name, email }),
      role,
      step,
      ...(witnessOf && { witnessOf: placeOf(witnessOf) }),
    })),
    needed: Object.fromEntries(
      steps.flatMap(({ needed, parties }, index) => (needed !== null && needed < parties.length ? [[String(index + 1), needed]] : [])),
    ),
  }
}

/** Without empty steps, and without a count that its step cannot reach. */
const tidy = (steps: StepDraft[]): StepDraft[] =>
  steps
    .filter(({ parties }) => parties.length > 0)
    .map((step) => ({ ...step, needed: step.needed !== null && step.needed < step.parties.length ? step.needed : null }))

const without = (steps: readonly StepDraft[], key: string): StepDraft[] =>
  steps.map((step) => ({ ...step, parties: step.parties.filter((party) => party.key !== key) }))

function findPlace(steps: readonly StepDraft[], key: string) {
  const step = steps.findIndex(({ parties }) => parties.some((party) => party.key === key))
  const parties = steps[step]?.parties ?? []
  const index = parties.findIndex((party) => party.key === key)
  return { step, index, party: parties[index], isAlone: parties.length === 1, isFirst: index === 0, isLast: index === parties.length - 1 }
}

/** Moves a party into a step. @param index the number of other parties of the step that come before */
export function moveToStep(order: OrderDraft, key: string, step: number, index: number): OrderDraft {
  const { party } = findPlace(order.steps, key)
  if (!party) return order
  const steps = without(order.steps, key)
  steps[step]?.parties.splice(index, 0, party)
  return { ...order, steps: tidy(steps) }
}

/** Moves a party into a step of its own. @param before the number of steps that come before it */
export function moveToNewStep(order: OrderDraft, key: string, before: number): OrderDraft {
  const { party } = findPlace(order.steps, key)
  if (!party) return order
  const steps = without(order.steps, key)
  steps.splice(before, 0, { parties: [party], needed: null })
  return { ...order, steps: tidy(steps) }
}

/** Moves a party one place: within its step, from its edge into a step of its own, and from there into the next step. */
export function moveBy(order: OrderDraft, key: string, direction: -1 | 1): OrderDraft {
  const { step, index, isAlone, isFirst, isLast } = findPlace(order.steps, key)
  if (step === -1) return order
  const isAtEdge = direction === -1 ? isFirst : isLast
  if (!isAtEdge) return moveToStep(order, key, step, index + direction)
  if (!isAlone) return moveToNewStep(order, key, direction === -1 ? step : step + 1)
  const next = order.steps[step + direction]
  return next ? moveToStep(order, key, step + direction, direction === -1 ? next.parties.length : 0) : order
}

/** Whether a party can be moved further. */
export function canMove({ steps }: OrderDraft, key: string, direction: -1 | 1): boolean {
  const { step, isAlone, isFirst, isLast } = findPlace(steps, key)
  if (step === -1) return false
  const isAtEdge = direction === -1 ? isFirst : isLast
  return !isAtEdge || !isAlone || steps[step + direction] !== undefined
}

/** Gives witnesses without a signer another one; where there is none, they get copies. */
function bindWitnesses(order: OrderDraft): OrderDraft {
  const signers = listSigners(order)
  const [first] = signers
  const bound = order.witnesses.map((witness) =>
    signers.some(({ key }) => key === witness.witnessOf) ? witness : { ...witness, witnessOf: first?.key ?? null },
  )
  if (first) return { ...order, witnesses: bound }
  return {
    ...order,
    witnesses: [],
    copies: [...order.copies, ...bound.map((party) => ({ ...party, role: 'copy' as const, witnessOf: null }))],
  }
}

export function removeParty(order: OrderDraft, key: string): OrderDraft {
  const keep = (party: PartyDraft) => party.key !== key
  const { steps, witnesses, copies } = order
  return bindWitnesses({ steps: tidy(without(steps, key)), witnesses: witnesses.filter(keep), copies: copies.filter(keep) })
}

/** Adds a party; signers and approvers to the last step. */
export function addParty(order: OrderDraft, party: PartyDraft): OrderDraft {
  if (party.role === 'copy') return { ...order, copies: [...order.copies, party] }
  if (party.role === 'witness') return bindWitnesses({ ...order, witnesses: [...order.witnesses, party] })
  const steps = order.steps.length > 0 ? order.steps : [{ parties: [], needed: null }]
  const last = steps.length - 1
  return { ...order, steps: steps.map((step, index) => (index === last ? { ...step, parties: [...step.parties, party] } : step)) }
}

/** Gives a party another role, and another place where that role has one. */
export function changeRole(order: OrderDraft, key: string, role: PartyRole): OrderDraft {
  const party = listParties(order).find((one) => one.key === key)
  if (!party || party.role === role) return order
  const changed = { ...party, role, witnessOf: null }
  if (isInSteps(party) && isInSteps(changed))
    return bindWitnesses({
      ...order,
      steps: order.steps.map((step) => ({ ...step, parties: step.parties.map((one) => (one.key === key ? changed : one)) })),
    })
  return addParty(removeParty(order, key), changed)
}

export const bindWitness = (order: OrderDraft, key: string, signer: string): OrderDraft => ({
  ...order,
  witnesses: order.witnesses.map((witness) => (witness.key === key ? { ...witness, witnessOf: signer } : witness)),
})

export const setNeeded = (order: OrderDraft, step: number, needed: number | null): OrderDraft => ({
  ...order,
  steps: order.steps.map((one, index) => (index === step ? { ...one, needed } : one)),
})
