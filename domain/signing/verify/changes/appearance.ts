/** Whether an annotation draws something. */
import type { PdfDocument } from '../pdf/document.ts'
import { PdfDict, PdfError, PdfStream, type PdfValue } from '../pdf/objects.ts'

/** Whether a field or one of its widgets has an area and an appearance that is not empty. */
export function isVisible(document: PdfDocument, field: PdfDict): boolean {
  const widgets = [field, ...document.itemsOf(field.get('Kids')).map((kid) => document.resolve(kid))]
  return widgets.some((widget) => widget instanceof PdfDict && hasArea(document, widget) && hasContent(document, widget))
}

function hasArea(document: PdfDocument, widget: PdfDict): boolean {
  const corners = document.itemsOf(widget.get('Rect')).map((corner) => document.resolve(corner))
  const [left, bottom, right, top] = corners.map((corner) => (typeof corner === 'number' ? corner : 0)) as [number, number, number, number]
  return corners.length === 4 && left !== right && bottom !== top
}

function hasContent(document: PdfDocument, widget: PdfDict): boolean {
  const appearances = document.dictOf(widget.get('AP'))
  const draws = (value: PdfValue): boolean => {
    const found = document.resolve(value)
    if (found instanceof PdfStream) return paints(document, found)
    return found instanceof PdfDict && [...found.entries.values()].some((state) => document.resolve(state) instanceof PdfStream)
  }
  return appearances !== undefined && [...appearances.entries.values()].some(draws)
}

/** Operators that put something on the page: text, paths, images, shadings and other streams. */
const paintingOperators = /(?:^|[\s)\]>])(?:Tj|TJ|'|"|Do|sh|BI|[fFBbSs]\*?)(?=[\s/([<]|$)/

/** Whether a content stream paints. One that cannot be read may. */
function paints(document: PdfDocument, stream: PdfStream): boolean {
  try {
    const content = Buffer.from(document.file.decode(stream, document.resolve)).toString('latin1')
    return paintingOperators.test(content.replace(/%[^\r\n]*/g, ' '))
  } catch (error) {
    if (error instanceof PdfError) return true
    throw error
  }
}
