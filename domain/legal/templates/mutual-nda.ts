import type { Template } from '../template-definition.ts'

/** Two parties share information and keep it confidential. */
export const mutualNda: Template = {
  title: 'Mutual non-disclosure agreement',
  kind: 'nda',
  summary: 'Two sides talk about something new, and each keeps what it hears to itself.',
  variables: [
    { name: 'date', kind: 'date', from: 'today' },
    { name: 'first-party', kind: 'person', from: 'person.name' },
    { name: 'first-email', kind: 'text', from: 'person.email' },
    { name: 'venture', kind: 'venture', from: 'venture.name' },
    { name: 'second-party', kind: 'person' },
    { name: 'second-email', kind: 'text' },
    { name: 'purpose', kind: 'text' },
    { name: 'years', kind: 'number' },
    { name: 'governing-law', kind: 'text' },
  ],
  text: `
Made on {{date}} between {{first-party}} ({{first-email}}), for the venture {{venture}}, and {{second-party}} ({{second-email}}).
## 1. Why we talk
We want to find out whether to work together on this: {{purpose}}. To do so, each of us will show the other things that are not public.
## 2. What is confidential
Everything that one of us shows or tells the other for this purpose, in whatever form, if it is marked confidential or if a reasonable person would see that it is.
It is not confidential if the one who receives it
- knew it already, without owing silence to anybody;
- finds it in public, without having broken this agreement;
- is told it by somebody who was free to tell it; or
- worked it out without using what was shown.
## 3. What each of us promises
1. To use what is confidential for the purpose above and for nothing else.
2. To show it only to people who need it for that purpose and who owe the same silence, and to answer for them.
3. To guard it as carefully as one's own secrets, and never with less than reasonable care.
4. To tell the other at once when something has got out.
If a court or an authority demands it, the one who is asked tells the other first, where that is allowed, and gives no more than must be given.
## 4. What stays with whom
Nothing here gives anybody a right to the other's ideas, inventions, works or names. Nobody has to agree on anything further.
## 5. How long
The promises hold for {{years}} years from the date above. On request, each of us returns or destroys what was received; copies that backups keep, or the law wants kept, stay under these promises.
## 6. The rest
This text is all that we agreed on the matter, and it is changed in writing only. The law of {{governing-law}} applies.
**Signed:** {{first-party}} and {{second-party}}
`,
}
