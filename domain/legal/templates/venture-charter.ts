import type { Template } from '../template-definition.ts'

/** How a team works together. */
export const ventureCharter: Template = {
  title: 'Venture charter',
  kind: 'charter',
  summary: 'A team writes down what it is for, who does what, and how it decides.',
  variables: [
    { name: 'date', kind: 'date', from: 'today' },
    { name: 'venture', kind: 'venture', from: 'venture.name' },
    { name: 'venture-purpose', kind: 'text', from: 'venture.purpose' },
    { name: 'lead', kind: 'person', from: 'person.name' },
    { name: 'tech-lead', kind: 'person' },
    { name: 'customers', kind: 'text' },
    { name: 'first-goal', kind: 'text' },
    { name: 'goal-date', kind: 'date' },
    { name: 'meeting', kind: 'text' },
    { name: 'owner-share', kind: 'number' },
    { name: 'pool-share', kind: 'number' },
  ],
  text: `
Of {{venture}}, as of {{date}}. It holds for a year, and is then written anew.
## 1. What we are for
{{venture-purpose}}
We do it for {{customers}}. By {{goal-date}} we want to have reached this: {{first-goal}}.
## 2. Who does what
- {{lead}} leads the venture: answers for its purpose, its people and its money.
- {{tech-lead}} leads what is built: answers for how it works and that it is safe.
- Everybody who joins is given a written task, and somebody to ask.
## 3. How we decide
1. Who answers for a matter decides on it, after hearing those whom it concerns.
2. What is hard to undo is written down first and left open for two days; who objects says why and what instead.
3. Where no agreement is found, {{lead}} decides, and notes the reasons.
## 4. How we work
We meet {{meeting}}. Plans, decisions and drafts are kept where every member can read them. Bad news travels first. Nobody is asked to do what is against the law or the own conscience.
## 5. Shares
{{owner-share}} percent belong to the owner and {{pool-share}} percent are set aside for those who contribute. Shares are earned over four years, the first quarter after one year. Who gets what is written in an agreement of its own.
## 6. Silence, and what we make
What is not public stays in the team. What is made for {{venture}} belongs to {{venture}}; who made it is named.
## 7. Joining and leaving
Members join when {{lead}} and the team agree, and may leave with two weeks' notice. Access ends on the last day.
**Signed:** {{lead}}, {{tech-lead}}
`,
}
