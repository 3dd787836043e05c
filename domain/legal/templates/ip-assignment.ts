import type { Template } from '../template-definition.ts'

/** Transfers what a person created to a venture. */
export const ipAssignment: Template = {
  title: 'Assignment of intellectual property',
  kind: 'ip-assignment',
  summary: 'Somebody hands what they made over to the venture, so that it owns what it builds on.',
  variables: [
    { name: 'date', kind: 'date', from: 'today' },
    { name: 'maker', kind: 'person', from: 'person.name' },
    { name: 'maker-email', kind: 'text', from: 'person.email' },
    { name: 'venture', kind: 'venture', from: 'venture.name' },
    { name: 'works', kind: 'text' },
    { name: 'kept-works', kind: 'text' },
    { name: 'consideration', kind: 'text' },
    { name: 'governing-law', kind: 'text' },
  ],
  text: `
Made on {{date}} between {{maker}} ({{maker-email}}), the maker, and {{venture}}.
## 1. What is handed over
The maker has made, or takes part in making, the following: {{works}}. It includes drafts, notes, source code, designs, data, inventions, and names that belong to it.
## 2. The assignment
1. The maker hands all rights in these works over to {{venture}}, for all countries and for as long as they last.
2. Where a right cannot be handed over, the maker gives {{venture}} the sole licence to use the works in every way, to change them, and to pass the licence on.
3. The maker does not use rights of authorship that the law leaves with a person in ways that hinder {{venture}}, as far as such a promise is allowed.
## 3. What the maker keeps
These stay with the maker: {{kept-works}}. Where they are part of the works above, {{venture}} may use them together with those works without further payment.
## 4. What the maker says
The works are the maker's own. Nobody else holds rights in them, other than what the maker has told in writing. Works of others that are part of them, open source for example, are listed with their licences.
## 5. In return
The maker receives: {{consideration}}.
## 6. Help
The maker signs what is needed to register the rights and answers questions about the works. Costs of that are borne by {{venture}}.
## 7. The rest
This text is changed in writing only. The law of {{governing-law}} applies.
**Signed:** {{maker}}, and for {{venture}}
`,
}
