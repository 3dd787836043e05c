import { onEvent, schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { register } from '../kernel/manifest/hook.ts'
import { titlesFrom } from '../kernel/manifest/registry.ts'
import { Machines } from '../workflows/definition.ts'
import { ClauseUse } from './clause-use.ts'
import { Clause } from './clause.ts'
import { Draft } from './draft-entity.ts'
import { ImportRequested } from './events.ts'
import { DocumentImport, forgetOldImports, readImport } from './import.ts'
import { legalDocumentMachine } from './machine/document-machine.ts'

export const legal = defineSlice({
  name: 'legal',
  description: 'Legal drafts, templates and clauses.',
  entities: [Draft, Clause, ClauseUse, DocumentImport],
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
  handlers: [onEvent([ImportRequested], readImport, { serialPerSubject: true })],
  hooks: [register(Machines, legalDocumentMachine)],
  schedules: [schedule('37 * * * *', forgetOldImports)],
})
