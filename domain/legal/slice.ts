import { onEvent, schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { KeptRevisions } from '../history/kept-revision.ts'
import { register } from '../kernel/manifest/hook.ts'
import { everyChannel, inAppAndEmail } from '../kernel/manifest/notification.ts'
import { titlesFrom } from '../kernel/manifest/registry.ts'
import { PersonActing, UserDeleted } from '../users/events.ts'
import { Machines } from '../workflows/definition.ts'
import { MachineTransitioned, MachineTransitioning } from '../workflows/events.ts'
import { ClauseUse } from './clause-use.ts'
import { Clause } from './clause.ts'
import { userComplianceMachine } from './compliance/compliance-machine.ts'
import { followEndedDocument, forgetCompliance } from './compliance/compliance-change.ts'
import { publicationHandler } from './compliance/compliance-report.ts'
import { assertCompliant } from './compliance/gate.ts'
import { buildComplianceNotice, isRequirement } from './compliance/notifications.ts'
import { Draft } from './draft-entity.ts'
import { ApprovalLapsed, ImportRequested, ReviewDecided, ReviewRequested, ReviewWithdrawn } from './events.ts'
import { DocumentImport, forgetOldImports, readImport } from './import.ts'
import { followAmendment } from './machine/amendment-following.ts'
import { DocumentFacts, DocumentReviewers } from './machine/document-facts.ts'
import { legalDocumentMachine } from './machine/document-machine.ts'
import { textGenerationHandler } from './machine/text-generation.ts'
import { noticeLapsedApprovals } from './review/lapse.ts'
import { buildDecisionNotice, buildLapseNotice, buildReviewRequest } from './review/notifications.ts'
import { approvalFacts, readDecidedRevisions, ReviewDecision } from './review/review.ts'
import { Reviewer, readReviewerIds } from './review/reviewer.ts'

const legalNotice = { category: 'legal', priority: 'high', channels: inAppAndEmail } as const

export const legal = defineSlice({
  name: 'legal',
  description: 'Legal drafts, templates, clauses and compliance.',
  entities: [Draft, Clause, ClauseUse, DocumentImport, Reviewer, ReviewDecision],
  tables: ['legal_publication', 'legal_level', 'legal_signed_document', 'legal_setting'],
  subjects: {
    legal: {
      titles: titlesFrom(Draft, 'title'),
      link: (id, search) => `/documents/legal:${id}${search && `?${search}`}`,
      watchable: true,
    },
    // the clause library opens from any draft, and has no page of its own
    clause: { titles: titlesFrom(Clause, 'name'), link: () => '/' },
  },
  documents: { legal: { sections: [] } },
  notifications: {
    'review.requested': { ...legalNotice, channels: everyChannel, on: ReviewRequested, build: buildReviewRequest },
    'review.decided': { ...legalNotice, on: ReviewDecided, build: buildDecisionNotice },
    'compliance.required': { ...legalNotice, on: MachineTransitioned, build: buildComplianceNotice, filter: isRequirement },
    'approval.lapsed': { ...legalNotice, on: ApprovalLapsed, build: buildLapseNotice },
  },
  handlers: [onEvent([ImportRequested], readImport, { serialPerSubject: true }), textGenerationHandler, publicationHandler],
  hooks: [
    register(Machines, legalDocumentMachine),
    register(Machines, userComplianceMachine),
    register(MachineTransitioning, followEndedDocument),
    register(MachineTransitioning, followAmendment),
    register(DocumentFacts, approvalFacts),
    register(DocumentReviewers, readReviewerIds),
    register(KeptRevisions, readDecidedRevisions),
    register(PersonActing, assertCompliant),
    register(UserDeleted, (work, { userId }) => forgetCompliance(work, userId)),
  ],
  schedules: [schedule('37 * * * *', forgetOldImports), schedule('* * * * *', noticeLapsedApprovals)],
  staleQueries: [ApprovalLapsed, ReviewDecided, ReviewRequested, ReviewWithdrawn].map((on) => ({ on, keys: [['review', '$subject']] })),
})
