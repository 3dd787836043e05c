import { onEvent, schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { register } from '../kernel/manifest/hook.ts'
import { titlesFrom } from '../kernel/manifest/registry.ts'
import { PersonActing, UserDeleted } from '../users/events.ts'
import { Machines } from '../workflows/definition.ts'
import { MachineTransitioning } from '../workflows/events.ts'
import { ClauseUse } from './clause-use.ts'
import { Clause } from './clause.ts'
import { userComplianceMachine } from './compliance/compliance-machine.ts'
import { followEndedDocument, forgetCompliance } from './compliance/compliance-change.ts'
import { publicationHandler } from './compliance/compliance-report.ts'
import { assertCompliant } from './compliance/gate.ts'
import { Draft } from './draft-entity.ts'
import { ImportRequested } from './events.ts'
import { DocumentImport, forgetOldImports, readImport } from './import.ts'
import { legalDocumentMachine } from './machine/document-machine.ts'
import { textGenerationHandler } from './machine/text-generation.ts'

export const legal = defineSlice({
  name: 'legal',
  description: 'Legal drafts, templates, clauses and compliance.',
  entities: [Draft, Clause, ClauseUse, DocumentImport],
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
  handlers: [onEvent([ImportRequested], readImport, { serialPerSubject: true }), textGenerationHandler, publicationHandler],
  hooks: [
    register(Machines, legalDocumentMachine),
    register(Machines, userComplianceMachine),
    register(MachineTransitioning, followEndedDocument),
    register(PersonActing, assertCompliant),
    register(UserDeleted, (work, { userId }) => forgetCompliance(work, userId)),
  ],
  schedules: [schedule('37 * * * *', forgetOldImports)],
})
