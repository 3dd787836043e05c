/** Renders the pages of an agreement before it is signed: text, signatures, certificate page. Runs in a worker process. */
import type { JSONContent } from '@tiptap/core'
import { numberContent, parseListStyles } from '../../../documents/richtext/list-styles.ts'
import { renderPdf } from '../../../conversion/export/pdf/pdf.ts'
import type { SealedText } from '../seal-input.ts'
import { layOutCertificate } from './certificate-page.ts'
import { EvidenceText } from './evidence-text.ts'
import type { PagesInput, RenderedPages } from './pages-input.ts'
import { layOutMarks, type Signatory } from './signature-marks.ts'

/** The same input gives the same bytes. */
export async function renderPages(input: PagesInput): Promise<RenderedPages> {
  const { agreement, certificates, fontsDir } = input
  const { title, content, values, listStyles } = JSON.parse(agreement.document.text) as SealedText
  const styles = parseListStyles(Object.entries(listStyles))
  const paper = { title, content: numberContent(fillValues(content, values), styles), people: {}, listStyles: styles, threads: [] }
  const signatories = agreement.parties.flatMap((party): Signatory[] => {
    const certificate = certificates[party.id]
    return certificate ? [{ party, certificate }] : []
  })
  const ownWarnings: string[] = []
  const { bytes, warnings } = await renderPdf(paper, fontsDir, {
    appendix: (text) => {
      const evidence = new EvidenceText(text)
      return [...layOutMarks(signatories, evidence, (warning) => ownWarnings.push(warning)), ...layOutCertificate(input, evidence)]
    },
    footer: `Envelope ${agreement.envelope.id}`,
    createdAt: new Date(agreement.envelope.completedAt),
  })
  return { bytes, warnings: [...warnings, ...ownWarnings] }
}

/** Variables with their values. The canonical text has suggestions of blocks as objects, which the renderer reads as JSON. */
function fillValues(part: JSONContent, values: Readonly<Record<string, string>>): JSONContent {
  const attrs = part.attrs && {
    ...part.attrs,
    ...(part.type === 'variable' && { value: values[String(part.attrs.name ?? '')] ?? null }),
    ...(typeof part.attrs.suggestion === 'object' && part.attrs.suggestion && { suggestion: JSON.stringify(part.attrs.suggestion) }),
  }
  return { ...part, ...(attrs && { attrs }), ...(part.content && { content: part.content.map((child) => fillValues(child, values)) }) }
}
