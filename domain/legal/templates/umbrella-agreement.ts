import type { Template } from '../template-definition.ts'

/** One who supports another's ventures, for a small part of what they earn. */
export const umbrellaAgreement: Template = {
  title: 'Umbrella agreement',
  kind: 'umbrella-agreement',
  summary: 'An experienced founder takes a new one under the wing, for a small part of the revenue.',
  variables: [
    { name: 'date', kind: 'date', from: 'today' },
    { name: 'supporter', kind: 'person', from: 'person.name' },
    { name: 'supporter-email', kind: 'text', from: 'person.email' },
    { name: 'founder', kind: 'person' },
    { name: 'founder-email', kind: 'text' },
    { name: 'venture', kind: 'venture', from: 'venture.name' },
    { name: 'support', kind: 'text' },
    { name: 'revenue-share', kind: 'number' },
    { name: 'ceiling', kind: 'text' },
    { name: 'end-date', kind: 'date' },
    { name: 'governing-law', kind: 'text' },
  ],
  text: `
Made on {{date}} between {{supporter}} ({{supporter-email}}), the supporter, and {{founder}} ({{founder-email}}), the founder of {{venture}}.
## 1. What it is about
The supporter has brought the founder in and stands by the founder's side. In return the supporter takes part, for a time and in a small measure, in what {{venture}} earns.
## 2. The support
The supporter gives this: {{support}}. The supporter answers questions within three working days, and opens doors where that is right. The founder decides alone what is done.
## 3. The share
1. The supporter receives {{revenue-share}} percent of the revenue of {{venture}}: between half a percent and one and a half.
2. Revenue is what customers have paid, without taxes and without what was paid back to them.
3. It is counted by calendar quarter and paid within thirty days after its end, with a short account of how it was found.
4. Altogether no more than {{ceiling}} is paid.
## 4. What it does not give
The share is no stake in {{venture}}: no vote, no part in its sale, no right to its ideas and works. The supporter owes none of its debts.
## 5. A look at the books
Once a year the supporter may have the accounts of the share checked by somebody who owes silence. Who was wrong by more than a twentieth bears the cost.
## 6. Silence
Each keeps to themselves what they learn of the other that is not public, for two years after the end too.
## 7. How long
This begins on the date above and ends on {{end-date}}. Each side may end it earlier with thirty days' notice; what was earned until then is still paid.
## 8. The rest
Changes are made in writing. The law of {{governing-law}} applies.
**Signed:** {{supporter}} and {{founder}}
`,
}
