/** Mails to parties without an account. They are rendered when they are sent, so that no link or code is stored. */
import type { QueryContext } from '../../kernel/operation.ts'
import type { Letter } from '../../notifications/mail/letter.ts'
import { type RenderedLetter, renderMail } from '../../notifications/mail/template.ts'
import { readNames } from '../../users/display-name.ts'
import { createCode } from './code.ts'
import { Envelope, type EnvelopeState } from '../envelope.ts'
import type { EnvelopeLetter } from '../acts/invite.ts'
import { createLinkToken, findLinkById } from './link.ts'
import { hasActed, isOnTurn, Party } from '../party.ts'

interface Words {
  title: string
  message: string
}

/** What a letter says; a reason where it is no longer true. */
type Describe = (context: { envelope: Envelope; party: Party; sender: string }) => Words | { reason: string }

const verbs: Record<Party['role'], string> = { signer: 'sign', witness: 'witness', approver: 'approve', copy: 'read' }
const outdated = { reason: 'It is no longer this party’s turn.' }

const deadlineWords = ({ deadline }: Envelope) =>
  deadline ? ` Please do so before ${deadline.toISOString().slice(0, 16).replace('T', ' ')} UTC.` : ''
const howToOpen = 'Open the link: a code is sent to this address, which shows that it is you. The link is personal; do not forward it.'

const invitation: Describe = ({ envelope, party, sender }) =>
  isOnTurn(party) && envelope.state === 'sent'
    ? {
        title: `${sender} asks you to ${verbs[party.role]} “${envelope.title}”`,
        message: `${envelope.message && `${envelope.message}\n\n`}${howToOpen}${deadlineWords(envelope)}`,
      }
    : outdated

const descriptions: Record<EnvelopeLetter, Describe> = {
  'signing-invitation': invitation,
  'signing-reminder': (context) => {
    const words = invitation(context)
    return 'reason' in words ? words : { ...words, title: `Reminder: ${words.title}` }
  },
  'signing-copy': ({ envelope, sender }) => ({
    title: `${sender} sent “${envelope.title}” to be signed, with a copy to you`,
    message: `${envelope.message && `${envelope.message}\n\n`}You need not do anything. You get the signed document when it is complete. ${howToOpen}`,
  }),
  'signing-outcome': ({ envelope, party }) => ({ title: outcomeTitle(envelope), message: outcomeMessage(envelope, party) }),
}

const outcomes: Partial<Record<EnvelopeState, string>> = {
  completed: 'is signed by everybody',
  declined: 'was declined',
  voided: 'was voided by its sender',
  expired: 'has expired',
  superseded: 'was replaced by a corrected version',
}
const outcomeTitle = ({ title, state }: Envelope) => `“${title}” ${outcomes[state] ?? 'has changed'}`

function outcomeMessage({ state, endReason }: Envelope, party: Party): string {
  if (state === 'completed') return `Open the link to download the signed document with its evidence. ${howToOpen}`
  const reason = endReason ? `Reason: ${endReason}\n\n` : ''
  return `${reason}Nobody can sign it any more. ${hasActed(party) ? 'Your signature stays recorded for this version only.' : ''}`.trim()
}

async function renderEnvelopeLetter(
  view: QueryContext,
  kind: EnvelopeLetter,
  linkId: string,
): Promise<RenderedLetter | { reason: string }> {
  const link = await findLinkById(view, linkId)
  const party = link && (await view.em.findOne(Party, link.party))
  const envelope = party && (await view.em.findOne(Envelope, party.envelope))
  if (!envelope) return { reason: 'The link has ended.' }
  const sender = (await readNames(view, [envelope.createdBy]))(envelope.createdBy) ?? 'Somebody'
  const words = descriptions[kind]({ envelope, party, sender })
  if ('reason' in words) return words
  const { publicUrl } = view.ports.outbound
  // the token stands after #, so that no server and no referrer sees it
  const url = `${publicUrl}/sign#${createLinkToken(view.ports.tokenSecret, linkId)}`
  return renderMail({
    items: [{ ...words, link: url, at: view.now }],
    publicUrl,
    why: `SmartStart sends this to ${party.name} because ${sender} named this address as a party of the document.`,
    unsubscribe: null,
  })
}

const codeLetter: Letter = {
  kind: 'signing-code',
  async render(view, id) {
    const code = await view.db
      .selectFrom('signing_code')
      .select('id')
      .where('id', '=', id)
      .where('used_at', 'is', null)
      .where('expires_at', '>', view.now.toISOString())
      .executeTakeFirst()
    if (!code) return { reason: 'The code was used or has expired.' }
    const { publicUrl } = view.ports.outbound
    const digits = createCode(view.ports.tokenSecret, id)
    return renderMail({
      items: [
        {
          title: `${digits} is your code`,
          message: `Enter ${digits} where you opened the document. The code is valid for 10 minutes and works once. If you did not open a document, ignore this mail.`,
          link: null,
          at: view.now,
        },
      ],
      publicUrl,
      why: 'SmartStart sends this because somebody opened a link that was sent to this address.',
      unsubscribe: null,
    })
  },
}

/** The letters of this slice. */
export const signingLetters: readonly Letter[] = [
  ...(Object.keys(descriptions) as EnvelopeLetter[]).map((kind) => ({
    kind,
    render: (view: QueryContext, id: string) => renderEnvelopeLetter(view, kind, id),
  })),
  codeLetter,
]
