/** The state machine of a person's compliance. Only SmartStart moves it, when documents are signed or expire and when requirements change. */
import type { CommandContext, Permission, QueryContext } from '../../kernel/operation.ts'
import { notFound } from '../../kernel/errors.ts'
import { isAdmin, requireUserId } from '../../kernel/permission.ts'
import { filterExistingAccounts } from '../../users/account.ts'
import type { Guard, MachineDefinition, TakenTransition } from '../../workflows/definition.ts'
import { sendMachineEvent } from '../../workflows/machine.ts'
import { type Compliance, readCompliance } from './compliance.ts'

type Facts = Compliance & { now: Date }

const guard = (findObstacle: (facts: Facts) => string | undefined): Guard<Facts> => ({ findObstacle })
const listMissing = ({ requirements, missing }: Compliance) =>
  requirements.flatMap(({ kind, title }) => (missing.includes(kind) ? [title] : [])).join(', ')

/** The person, and administrators. @throws DomainError not-found for everyone else */
const requireSelfOrAdministrator: Permission<{ id: string }> = async (view, { id }) => {
  if (view.actor.kind === 'system') return
  if (requireUserId(view) === id) return
  if (!isAdmin(view) || !(await filterExistingAccounts(view, [id])).has(id)) throw notFound()
}

export const userComplianceMachine: MachineDefinition<Facts> = {
  type: 'userCompliance',
  version: 1,
  initial: 'non_compliant',
  states: {
    non_compliant: {
      meaning: 'Required documents are not signed, and a deadline has passed or nothing is signed yet.',
      on: {
        DOCUMENT_SIGNED: { to: 'checking_compliance' },
        RBAC_UPGRADE_REQUESTED: { to: 'compliance_required' },
        REQUIREMENT_REMOVED: { to: 'checking_compliance' },
      },
    },
    compliance_required: {
      meaning: 'Required documents are not signed yet.',
      on: {
        DOCUMENT_SIGNED: { to: 'checking_compliance' },
        COMPLIANCE_DEADLINE_EXPIRED: { to: 'non_compliant', guards: ['hasMissedDeadline'] },
        REQUIREMENT_REMOVED: { to: 'checking_compliance' },
      },
      after: [{ event: 'COMPLIANCE_DEADLINE_EXPIRED', deadline: 'nextDeadline' }],
    },
    checking_compliance: {
      meaning: 'What is signed is compared with what is required.',
      on: {
        COMPLIANCE_VERIFIED: { to: 'compliant', guards: ['hasAllRequiredDocuments'] },
        COMPLIANCE_INCOMPLETE: { to: 'compliance_required', guards: ['hasMissingDocuments'] },
      },
    },
    compliant: {
      meaning: 'Everything that is required is signed.',
      on: {
        NEW_REQUIREMENT_ADDED: { to: 'compliance_required', guards: ['hasMissingDocuments'] },
        DOCUMENT_EXPIRED: { to: 'checking_compliance', guards: ['hasMissingDocuments'] },
        RBAC_UPGRADE_REQUESTED: { to: 'checking_compliance' },
      },
      after: [{ event: 'DOCUMENT_EXPIRED', deadline: 'nextExpiry' }],
    },
  },
  events: {
    DOCUMENT_SIGNED: { by: 'smartstart', meaning: 'The person signed a published text.' },
    RBAC_UPGRADE_REQUESTED: { by: 'smartstart', meaning: 'An administrator gave the person another level.' },
    REQUIREMENT_REMOVED: { by: 'smartstart', meaning: 'A published text was withdrawn, or a lower level requires less.' },
    COMPLIANCE_DEADLINE_EXPIRED: { by: 'smartstart', meaning: 'A deadline passed before the person signed.' },
    COMPLIANCE_VERIFIED: { by: 'smartstart', meaning: 'Nothing is missing.' },
    COMPLIANCE_INCOMPLETE: { by: 'smartstart', meaning: 'Documents are missing.' },
    NEW_REQUIREMENT_ADDED: { by: 'smartstart', meaning: 'An administrator published a text that the person has not signed.' },
    DOCUMENT_EXPIRED: { by: 'smartstart', meaning: 'The validity of a signed document ended, or its signature was revoked.' },
  },
  senders: { smartstart: { words: 'SmartStart itself' } },
  guards: {
    hasAllRequiredDocuments: guard((facts) => (facts.missing.length > 0 ? `Not signed: ${listMissing(facts)}.` : undefined)),
    hasMissingDocuments: guard(({ missing }) => (missing.length > 0 ? undefined : 'Nothing is missing.')),
    hasMissedDeadline: guard(({ deadline, now }) => (deadline && deadline <= now ? undefined : 'No deadline has passed.')),
  },
  deadlines: {
    nextDeadline: { computeDueTime: ({ deadline }) => deadline ?? undefined },
    nextExpiry: { computeDueTime: ({ requirements }) => findNextExpiry(requirements) },
  },
  subjectOf: (id) => `user:${id}`,
  requireReader: requireSelfOrAdministrator,
  requireStarter: requireSelfOrAdministrator,
  findInitialState: async (view, id) => ((await readCompliance(view, id)).missing.length > 0 ? 'non_compliant' : 'compliant'),
  readFacts: async (view: QueryContext, id: string) => ({ ...(await readCompliance(view, id)), now: view.now }),
  onTransition: finishCheck,
}

function findNextExpiry(requirements: Compliance['requirements']): Date | undefined {
  const times = requirements.flatMap(({ status, expiresAt }) => (status === 'SIGNED' && expiresAt ? [expiresAt.getTime()] : []))
  return times.length > 0 ? new Date(Math.min(...times)) : undefined
}

/** Compares what is signed with what is required, at once. */
async function finishCheck(work: CommandContext, { id, to }: TakenTransition): Promise<void> {
  if (to !== 'checking_compliance') return
  const { missing } = await readCompliance(work, id)
  await sendMachineEvent(work, userComplianceMachine, id, missing.length > 0 ? 'COMPLIANCE_INCOMPLETE' : 'COMPLIANCE_VERIFIED')
}
