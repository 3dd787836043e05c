/** Renders an export as a PDF: tagged, with bookmarks and page numbers. It loads no URL, and no file except the fonts. */
import { createRequire } from 'node:module'
import type { Content, TDocumentDefinitions } from 'pdfmake/interfaces.js'
import type { ExportModel } from '../export-model.ts'
import { PdfBlocks } from './blocks.ts'
import { FontCoverage, type FontFiles } from './font-coverage.ts'
import { PdfText, textSize } from './inline.ts'

const require = createRequire(import.meta.url)

/** The lowest position of a heading on a page, as a share of the height between the margins. */
const maxHeadingPosition = 0.92
/** How many missing letters a warning names. */
const namedLetters = 12

const zero = () => 0
const layouts = {
  // of evidence pages
  details: { hLineWidth: zero, vLineWidth: zero, paddingLeft: zero, paddingRight: zero, paddingTop: () => 0.5, paddingBottom: () => 0.5 },
  mark: { hLineWidth: zero, vLineWidth: zero, paddingLeft: zero, paddingRight: zero, paddingTop: zero, paddingBottom: zero },
  grid: {
    hLineWidth: () => 0.6,
    vLineWidth: () => 0.6,
    hLineColor: () => '#ced4da',
    vLineColor: () => '#ced4da',
    paddingTop: () => 4,
    paddingBottom: () => 2,
  },
  quote: { hLineWidth: zero, vLineWidth: (at: number) => (at === 0 ? 2 : 0), vLineColor: () => '#ced4da', paddingLeft: () => 12 },
  code: {
    hLineWidth: zero,
    vLineWidth: zero,
    fillColor: () => '#f1f3f5',
    paddingTop: () => 7,
    paddingBottom: () => 7,
    paddingLeft: () => 9,
  },
}

/** What a PDF has beside the text. */
export interface PdfExtras {
  /** Content after the text. */
  appendix?: (text: PdfText) => Content[]
  /** A line of every footer, before the page number; absent: the title. */
  footer?: string
  /** Its creation time; absent: now. */
  createdAt?: Date
}

/** @param fontsDir a directory with more fonts @returns the bytes of a `.pdf`, and what it does not show */
export async function renderPdf(
  paper: ExportModel,
  fontsDir?: string,
  { appendix, footer, createdAt }: PdfExtras = {},
): Promise<{ bytes: Uint8Array; warnings: string[] }> {
  const { default: pdfmake } = await import('pdfmake')
  const { Roboto } = require('pdfmake/fonts/Roboto.js') as { Roboto: FontFiles }
  const { Courier } = require('pdfmake/standard-fonts/Courier.js') as { Courier: FontFiles }
  const glyphs = await FontCoverage.of(Roboto, fontsDir)
  const fonts = { ...glyphs.fonts, Courier }
  const files = new Set(Object.values(fonts).flatMap((font) => Object.values(font)))
  pdfmake.setFonts(fonts)
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy((path) => files.has(path))
  pdfmake.setTableLayouts(layouts)
  const text = new PdfText(paper, glyphs)
  const content = [...new PdfBlocks(paper, text).document(), ...(appendix?.(text) ?? [])]
  const footerLine = text.label(footer ?? paper.title)
  // created each time: pdfmake changes its input
  const definition: TDocumentDefinitions = {
    tagged: true,
    displayTitle: true,
    language: 'en',
    pageSize: 'A4',
    pageMargins: [72, 64, 72, 64],
    info: {
      title: paper.title,
      creator: 'SmartStart',
      producer: 'SmartStart',
      ...(createdAt && { creationDate: createdAt }),
    },
    defaultStyle: { font: 'Roboto', fontSize: textSize, lineHeight: 1.25 },
    content,
    footer: (page: number, pages: number) => ({
      text: [structuredClone(footerLine), `  ·  ${page} / ${pages}`],
      alignment: 'center',
      fontSize: 8,
      color: '#868e96',
      margin: [72, 24, 72, 0],
    }),
    // a heading needs space for two lines below it on the same page
    pageBreakBefore: (node) => node.headlineLevel === 1 && node.startPosition.verticalRatio > maxHeadingPosition,
  } as TDocumentDefinitions
  const bytes = new Uint8Array(await pdfmake.createPdf(definition).getBuffer())
  return { bytes, warnings: warnOfMissing(glyphs.missing) }
}

function warnOfMissing(missing: ReadonlySet<string>): string[] {
  if (missing.size === 0) return []
  const some = [...missing].slice(0, namedLetters).join(' ')
  return [`The PDF shows a sign in place of letters that its fonts lack: ${some}${missing.size > namedLetters ? ' …' : ''}.`]
}
