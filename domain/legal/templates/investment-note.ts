import type { Template } from '../template-definition.ts'

/** Money now, shares at the next round. */
export const investmentNote: Template = {
  title: 'Note for future shares',
  kind: 'investment-note',
  summary: 'An early investor pays now and receives shares when the next round sets a price.',
  variables: [
    { name: 'date', kind: 'date', from: 'today' },
    { name: 'venture', kind: 'venture', from: 'venture.name' },
    { name: 'founder', kind: 'person', from: 'person.name' },
    { name: 'founder-email', kind: 'text', from: 'person.email' },
    { name: 'investor', kind: 'person' },
    { name: 'investor-email', kind: 'text' },
    { name: 'amount', kind: 'text' },
    { name: 'payment-date', kind: 'date' },
    { name: 'valuation-cap', kind: 'text' },
    { name: 'discount', kind: 'number' },
    { name: 'smallest-round', kind: 'text' },
    { name: 'governing-law', kind: 'text' },
  ],
  text: `
Made on {{date}} between {{venture}}, for which {{founder}} ({{founder-email}}) speaks, and {{investor}} ({{investor-email}}), the investor.
## 1. The payment
The investor pays {{amount}} to {{venture}} by {{payment-date}}. It is no loan: it bears no interest and has no day on which it must be paid back.
## 2. Shares at the next round
When {{venture}} next raises at least {{smallest-round}} by selling new shares at a fixed price, the investor receives shares of the same kind for the payment. The price of one is the lower of
- the price of the round, less {{discount}} percent; and
- the price at which all shares of {{venture}} before the round would be worth {{valuation-cap}}.
The investor signs what the others of the round sign, as far as it is usual and gives no heavier duties.
## 3. If it is sold first
If {{venture}} is sold or goes public before such a round, the investor chooses before anything is paid to shareholders: the payment back, or what shares at the value named in section 2 would bring.
## 4. If it ends first
If {{venture}} is wound up before, the investor is paid back from what is left after its debts and before its shareholders; if that is not enough for all who hold such notes, each gets a part in proportion.
## 5. What each side says
{{venture}} may make this promise and nothing that it has signed forbids it. The investor understands that all of the money may be lost, can bear that, and acts on the investor's own account.
## 6. Until then
The investor has no vote. {{venture}} sends a short report twice a year and tells the investor of a planned round or sale in good time.
## 7. The rest
Nobody passes this note on without the other's consent. Changes are made in writing. The law of {{governing-law}} applies.
**Signed:** {{founder}} for {{venture}}, and {{investor}}
`,
}
