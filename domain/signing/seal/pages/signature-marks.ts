/** The signatures below the text: a visible mark for each, with name, time and the serial number of its certificate. */
import type { Content } from 'pdfmake/interfaces.js'
import { toPlainName } from '../plain-name.ts'
import type { SealedParty } from '../seal-input.ts'
import { type EvidenceText, grey, lineGrey, pageWidth, toShownTime } from './evidence-text.ts'
import { drawStrokes, isDrawnMark, markHeight, markWidth } from './mark-image.ts'
import type { PageCertificate } from './pages-input.ts'

const columnWidth = pageWidth / 2 - 16
const ink = '#1b2a4a'

/** A party that signed, with its certificate. */
export interface Signatory {
  party: SealedParty
  certificate: PageCertificate
}

/** @param warn is told what cannot be shown */
export function layOutMarks(signatories: readonly Signatory[], text: EvidenceText, warn: (warning: string) => void): Content[] {
  if (signatories.length === 0) return []
  const cells = signatories.map((signatory) => layOutMark(signatory, text, warn))
  const rows: Content[] = []
  for (let at = 0; at < cells.length; at += 2) {
    const pair = [cells[at] as Content, cells[at + 1] ?? { text: '' }].map((cell) => ({ width: columnWidth, stack: [cell] }))
    const row = { columns: [pair[0], { width: '*', text: '' }, pair[1]], margin: [0, 0, 0, 18] }
    rows.push({ stack: [row], unbreakable: true } as Content)
  }
  const [first, ...others] = rows
  const heading = { ...(text.line('Signatures', pageWidth, { fontSize: 13, bold: true }) as object), margin: [0, 24, 0, 10] } as Content
  // the heading stays with the first signatures
  return [{ stack: [heading, first as Content], unbreakable: true }, ...others]
}

function layOutMark({ party, certificate }: Signatory, text: EvidenceText, warn: (warning: string) => void): Content {
  const small = { fontSize: 8, color: grey }
  const role = party.role === 'witness' ? `Witness${party.witnessOf ? ` of ${toPlainName(party.witnessOf, 80)}` : ''}` : undefined
  return {
    stack: [
      { table: { widths: [columnWidth], heights: [markHeight + 4], body: [[drawMark(party, text, warn)]] }, layout: 'mark' },
      { canvas: [{ type: 'line', x1: 0, y1: 0, x2: columnWidth, y2: 0, lineWidth: 0.8, lineColor: lineGrey }], margin: [0, 2, 0, 4] },
      text.entered(party.name, columnWidth, { bold: true, fontSize: 9.5, maxCharacters: 120 }),
      ...(role ? [text.entered(role, columnWidth, small)] : []),
      ...(party.onBehalfOf ? [text.entered(`on behalf of ${toPlainName(party.onBehalfOf, 100)}`, columnWidth, small)] : []),
      text.line(`Signed ${toShownTime(party.actedAt) ?? 'at a time that was not recorded'}`, columnWidth, small),
      text.line(`Certificate ${certificate.serial.slice(0, 16)}`, columnWidth, small),
    ],
  }
}

/** The mark; where it cannot be shown, the name as a typed one. */
function drawMark({ mark, name }: SealedParty, text: EvidenceText, warn: (warning: string) => void): Content {
  if (mark?.kind === 'drawn' && isDrawnMark(mark.png)) {
    const data = Buffer.from(mark.png.buffer, mark.png.byteOffset, mark.png.byteLength).toString('base64')
    return { image: `data:image/png;base64,${data}`, fit: [markWidth, markHeight] }
  }
  const strokes = mark?.kind === 'strokes' ? drawStrokes(mark) : undefined
  if (strokes) return strokes
  if (mark && mark.kind !== 'typed') warn(`The drawn signature of ${toPlainName(name, 60)} cannot be shown: its name is shown instead.`)
  return typeMark(mark?.kind === 'typed' ? mark.text : name, text)
}

function typeMark(typed: string, text: EvidenceText): Content {
  const shown = toPlainName(typed, 80)
  const fontSize = shown.length <= 18 ? 22 : shown.length <= 32 ? 14 : 10
  const margin = [0, Math.max(0, markHeight - fontSize * (shown.length <= 32 ? 1.6 : 3.6)), 0, 0]
  return { stack: [text.entered(shown, columnWidth, { italics: true, fontSize, color: ink, maxCharacters: 80 })], margin } as Content
}
