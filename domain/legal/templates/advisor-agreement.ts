import type { Template } from '../template-definition.ts'

/** Somebody with experience helps for a small share. */
export const advisorAgreement: Template = {
  title: 'Advisor agreement',
  kind: 'advisor-agreement',
  summary: 'Somebody with experience gives a few hours a month, often for a small share.',
  variables: [
    { name: 'date', kind: 'date', from: 'today' },
    { name: 'venture', kind: 'venture', from: 'venture.name' },
    { name: 'lead', kind: 'person', from: 'person.name' },
    { name: 'lead-email', kind: 'text', from: 'person.email' },
    { name: 'advisor', kind: 'person' },
    { name: 'advisor-email', kind: 'text' },
    { name: 'subjects', kind: 'text' },
    { name: 'hours-a-month', kind: 'number' },
    { name: 'share', kind: 'number' },
    { name: 'months', kind: 'number' },
    { name: 'governing-law', kind: 'text' },
  ],
  text: `
Made on {{date}} between {{venture}}, for which {{lead}} ({{lead-email}}) speaks, and {{advisor}} ({{advisor-email}}), the advisor.
## 1. The advice
The advisor helps {{venture}} with {{subjects}}: about {{hours-a-month}} hours a month, in talks, by reading drafts, and by introducing people where that fits. Advice is given honestly and as well as the advisor can; what is done with it is for {{venture}} to decide.
## 2. In return
The advisor receives {{share}} percent of the shares of {{venture}}, earned month by month in equal parts over {{months}} months. If this ends earlier, what is earned until then stays and the rest lapses. Costs of travel are paid back if they were agreed on before.
## 3. What the advisor is not
The advisor is not employed, does not sign for {{venture}}, and sits on no board by this agreement.
## 4. Silence and conflicts
1. What is not public about {{venture}} stays with the advisor, for two years after the end too.
2. The advisor says so before advising somebody who competes with {{venture}}.
3. The advisor tells nothing here that is owed to others as a secret.
## 5. Whose the results are
Texts, drawings and ideas that the advisor makes for {{venture}} belong to {{venture}}. General knowledge and experience stay free.
## 6. The end
Each side may end this at any time with fourteen days' notice in writing. Sections 4 and 5 live on.
## 7. The rest
Changes are made in writing. The law of {{governing-law}} applies.
**Signed:** {{lead}} for {{venture}}, and {{advisor}}
`,
}
