/** The certificate page of a sealed agreement: what was signed, by whom, how each act was authenticated, and how to verify it. */
import type { Content } from 'pdfmake/interfaces.js'
import type { SealedOutcome, SealedParty, SealedRole } from '../seal-input.ts'
import { type EvidenceText, grey, lineGrey, pageWidth, toShownHash, toShownTime } from './evidence-text.ts'
import type { PagesInput } from './pages-input.ts'

const roles: Record<SealedRole, string> = { signer: 'Signer', approver: 'Approver', copy: 'Receives a copy', witness: 'Witness' }
const outcomes: Record<SealedOutcome, string> = {
  signed: 'signed',
  approved: 'approved',
  declined: 'declined',
  delegated: 'delegated',
  superseded: 'signed an earlier version',
  waiting: 'did not have to act',
  informed: 'informed',
}
const orders = { parallel: 'All at the same time', sequential: 'One after another', groups: 'In groups' }
const acts: Partial<Record<SealedOutcome, string>> = { signed: 'Signed', approved: 'Approved', declined: 'Declined', superseded: 'Signed' }

/** The whole page, which begins on a new one. */
export function layOutCertificate(input: PagesInput, text: EvidenceText): Content[] {
  const { agreement } = input
  return [
    {
      ...(text.line('Certificate of signing', pageWidth, { fontSize: 17, bold: true }) as object),
      pageBreak: 'before',
      margin: [0, 0, 0, 2],
    } as Content,
    {
      stack: [
        text.line('This page is part of the sealed file: it cannot be changed without breaking the seal.', pageWidth, {
          fontSize: 8.5,
          color: grey,
        }),
      ],
      margin: [0, 0, 0, 10],
    },
    layOutSummary(input, text),
    heading(text, `Parties (${agreement.parties.length})`),
    ...agreement.parties.map((party, at) => layOutParty(party, at, input, text)),
    heading(text, 'What this is'),
    ...explainLevel(input).map((words) => paragraph(text, words)),
    heading(text, 'How to verify it'),
    ...explainVerification(input).map((words) => paragraph(text, words)),
  ]
}

const heading = (text: EvidenceText, words: string): Content =>
  ({ ...(text.line(words, pageWidth, { fontSize: 11.5, bold: true }) as object), margin: [0, 14, 0, 5], headlineLevel: 1 }) as Content

const paragraph = (text: EvidenceText, words: string): Content => ({
  stack: [text.line(words, pageWidth, { fontSize: 9 })],
  margin: [0, 0, 0, 4],
})

function layOutSummary({ agreement: { envelope, document, parties }, root, seal }: PagesInput, text: EvidenceText): Content {
  const signed = parties.filter(({ outcome }) => outcome === 'signed').length
  return text.details(
    [
      ['Agreement', envelope.title],
      ['Outcome', `Completed ${toShownTime(envelope.completedAt) ?? ''}, with ${signed} ${signed === 1 ? 'signature' : 'signatures'}`],
      ['Order', orders[envelope.order]],
      ['Sent', `${toShownTime(envelope.sentAt) ?? ''} by ${envelope.sender}`],
      ['Envelope', envelope.version > 1 ? `${envelope.id}, version ${envelope.version}` : envelope.id],
      ['Document', `${document.name}, frozen at row ${document.at} of its journal`],
      ['Hash of the text', `SHA-256 ${toShownHash(document.hash)}`],
      ['Seal', `certificate ${seal.serial}`],
      ['Root key', `SHA-256 ${toShownHash(root.keyFingerprint)}`],
    ],
    pageWidth,
  )
}

function layOutParty(party: SealedParty, at: number, input: PagesInput, text: EvidenceText): Content {
  const certificate = input.certificates[party.id]
  const title = text.entered(`${at + 1}. ${party.name}`, pageWidth - 130, { bold: true, fontSize: 10, maxCharacters: 160 })
  const state = text.line(`${roles[party.role]}: ${outcomes[party.outcome]}`, 124, { fontSize: 9, color: grey })
  const act = acts[party.outcome]
  const details = text.details(
    [
      ['E-mail', party.email],
      ['Place in the order', party.group ? `${party.order}, ${party.group}` : String(party.order)],
      ['Witness of', party.witnessOf],
      ['Delegated by', party.delegatedBy],
      ['On behalf of', party.onBehalfOf],
      ['Authenticated by', party.method],
      ['Consent', party.consentVersion && `version ${party.consentVersion}`],
      ['Sent', toShownTime(party.sentAt)],
      ['Viewed', toShownTime(party.viewedAt)],
      [act ?? 'Acted', toShownTime(party.actedAt)],
      ['Reason', party.reason],
      ['Address', party.address],
      ['Browser', party.userAgent],
      ['Confirmed text', confirmedText(party, input.agreement.document.hash)],
      ['Certificate', certificate?.serial],
      ['Audit row', party.audit && String(party.audit.position)],
      ['Hash of that row', party.audit && toShownHash(party.audit.hash)],
    ],
    pageWidth - 12,
  )
  return {
    stack: [
      { canvas: [{ type: 'line', x1: 0, y1: 0, x2: pageWidth, y2: 0, lineWidth: 0.6, lineColor: lineGrey }], margin: [0, 2, 0, 4] },
      {
        columns: [
          { width: pageWidth - 130, stack: [title] },
          { width: '*', stack: [state] },
        ],
        margin: [0, 0, 0, 1],
      },
      { stack: [details], margin: [12, 0, 0, 4] },
    ],
    unbreakable: true,
  }
}

/** In full where it is another text, as of an earlier version of the envelope. */
const confirmedText = ({ confirmedHash }: SealedParty, hash: string): string | undefined =>
  confirmedHash && (confirmedHash === hash ? 'the text above, by its hash' : `SHA-256 ${toShownHash(confirmedHash)}`)

const explainLevel = ({ hasTimestamp }: PagesInput): string[] => [
  'An electronic signature with integrity evidence; not a qualified signature. Each signature above was made with a certificate that this ' +
    'installation of SmartStart issued to the party for this one signature. It proves that the file was not changed since. The identity of a ' +
    'party is known as far as the stated method goes.',
  hasTimestamp
    ? 'A timestamp of a third party at the end of the file proves that all of it existed at that time. The other times are those of the server.'
    : 'The times are those of the server that made the file; no third party confirms them.',
]

const explainVerification = ({ agreement: { publicUrl }, root }: PagesInput): string[] => [
  `Offline: run the verifier that comes with the evidence bundle (node verify.mjs <file>). Online: drop the file on ${publicUrl}/verify. Any ` +
    'program that validates PDF signatures (PAdES) can also be used; it does not know the root certificate, and will say so.',
  `The root certificates are published at ${publicUrl}/api/legal/authority. Compare the root key: ${toShownHash(root.keyFingerprint)}.`,
]
