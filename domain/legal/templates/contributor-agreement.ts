import type { Template } from '../template-definition.ts'

/** Somebody works for a venture without being employed by it. */
export const contributorAgreement: Template = {
  title: 'Contributor agreement',
  kind: 'contributor-agreement',
  summary: 'Somebody contributes work to a venture, and everybody knows what they give and what they get.',
  variables: [
    { name: 'date', kind: 'date', from: 'today' },
    { name: 'venture', kind: 'venture', from: 'venture.name' },
    { name: 'lead', kind: 'person', from: 'person.name' },
    { name: 'lead-email', kind: 'text', from: 'person.email' },
    { name: 'contributor', kind: 'person' },
    { name: 'contributor-email', kind: 'text' },
    { name: 'work', kind: 'text' },
    { name: 'hours-a-week', kind: 'number' },
    { name: 'reward', kind: 'text' },
    { name: 'notice-days', kind: 'number' },
    { name: 'governing-law', kind: 'text' },
  ],
  text: `
Made on {{date}} between {{venture}}, for which {{lead}} ({{lead-email}}) speaks, and {{contributor}} ({{contributor-email}}), the contributor.
## 1. The work
The contributor takes on this: {{work}}. About {{hours-a-week}} hours a week are expected. How and where the work is done is the contributor's own affair, as long as what was agreed arrives.
## 2. The reward
For the work the contributor receives: {{reward}}. Costs are paid back if they were agreed on before. Each side pays its own taxes.
## 3. Whose the results are
1. What the contributor makes for {{venture}} belongs to {{venture}} from the moment it is made, or is handed over to it where the law wants that said.
2. What the contributor had before, or makes apart from this work, stays the contributor's. Where it goes into the results, {{venture}} may use it for ever, everywhere and without further payment.
3. The contributor tells of works by others, open source for example, before using them.
4. The contributor may say in public to have taken part.
## 4. Silence
What is not public about {{venture}} stays within it, during the work and for two years after.
## 5. Independence
The contributor is neither employed by {{venture}} nor its agent, and may work for others, unless that harms what is agreed here.
## 6. The end
Each side may end this in writing with {{notice-days}} days' notice, and at once when the other breaks it and does not mend it. Work that was done is rewarded up to that day. Sections 3 and 4 live on.
## 7. The rest
Changes are made in writing. The law of {{governing-law}} applies.
**Signed:** {{lead}} for {{venture}}, and {{contributor}}
`,
}
