import type { Template } from '../template-definition.ts'

/** Two people who found something together. */
export const foundersAgreement: Template = {
  title: "Founders' agreement",
  kind: 'founders-agreement',
  summary: 'Founders say early what each brings, owns and decides, and what happens when one leaves.',
  variables: [
    { name: 'date', kind: 'date', from: 'today' },
    { name: 'venture', kind: 'venture', from: 'venture.name' },
    { name: 'venture-purpose', kind: 'text', from: 'venture.purpose' },
    { name: 'first-founder', kind: 'person', from: 'person.name' },
    { name: 'first-email', kind: 'text', from: 'person.email' },
    { name: 'first-role', kind: 'text' },
    { name: 'first-share', kind: 'number' },
    { name: 'second-founder', kind: 'person' },
    { name: 'second-email', kind: 'text' },
    { name: 'second-role', kind: 'text' },
    { name: 'second-share', kind: 'number' },
    { name: 'spending-limit', kind: 'text' },
    { name: 'governing-law', kind: 'text' },
  ],
  text: `
Made on {{date}} between {{first-founder}} ({{first-email}}) and {{second-founder}} ({{second-email}}), who found {{venture}} together.
## 1. What we found
{{venture}} has this purpose: {{venture-purpose}}. Once there is a company, it takes the place of the founders in this agreement as far as that is possible.
## 2. Who does what
- {{first-founder}}: {{first-role}}
- {{second-founder}}: {{second-role}}
Each gives the time that the role takes, and tells the other before taking on anything that competes for it.
## 3. Shares
{{first-founder}} holds {{first-share}} percent and {{second-founder}} {{second-share}} percent. What is set aside for people who join later is taken from both in proportion.
## 4. Vesting
Shares are earned over four years from the date above: nothing in the first twelve months, a quarter when they are over, and the rest in equal parts month by month. Who leaves keeps what is earned; the rest goes back to {{venture}} at what was paid for it.
## 5. Decisions
1. Each founder decides on matters of the own role.
2. Both decide together on new shares, loans, the sale of {{venture}}, its name and purpose, and on spending more than {{spending-limit}} at once.
3. Where the founders cannot agree for thirty days, they ask somebody whom both trust to mediate, before they go to court.
## 6. Ideas and works
All that the founders make for {{venture}}, before and after this date, belongs to {{venture}}. What a founder lends to it is written down beforehand.
## 7. Leaving
Who wants to leave says so sixty days ahead, hands the work over, and stays silent about what is not public. For six months nobody who left draws away its people or customers, as far as the law allows such a promise.
## 8. The rest
This text replaces what was said before. It is changed in writing, by all founders. The law of {{governing-law}} applies.
**Signed:** {{first-founder}} and {{second-founder}}
`,
}
