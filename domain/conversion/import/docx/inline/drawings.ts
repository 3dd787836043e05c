/** Drawings in a run: pictures, charts and objects are left out, the words of text boxes are kept. */
import { descendants, resolvedChildren, type XmlElement } from '../package/xml.ts'

/** What a drawing holds. */
export interface Drawing {
  /** What is left out, for a warning; undefined where nothing is. */
  lost: string | undefined
  /** The contents of its text boxes. */
  textBoxes: XmlElement[]
  /** Whether it is a line across the page. */
  rule: boolean
}

/** Elements below an element, of the branches that are read. */
function* visible(element: XmlElement): Generator<XmlElement> {
  for (const one of resolvedChildren(element)) {
    yield one
    if (one.name !== 'w:txbxContent') yield* visible(one)
  }
}

const kinds: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\/chart(ex)?$/, 'Chart'],
  [/\/diagram$/, 'Diagram'],
  [/\/(word)?processing(Shape|Group|Canvas|Ink)$/i, 'Drawing'],
]

/** Reads `w:drawing`, `w:pict` or `w:object`. */
export function readDrawing(element: XmlElement): Drawing {
  const parts = [...visible(element)]
  const find = (name: string) => parts.find((one) => one.name === name)
  const textBoxes = parts.filter(({ name }) => name === 'w:txbxContent')
  const named = find('wp:docPr')?.attributes
  const label = (named?.descr ?? named?.title ?? find('v:shape')?.attributes.alt ?? '').replace(/\s+/g, ' ').trim().slice(0, 80)
  const isPicture = parts.some(({ name }) => name === 'pic:pic' || name === 'v:imagedata' || name === 'a:blip')
  const rule = parts.some(({ attributes }) => /^(t|true|1)$/.test(attributes['o:hr'] ?? ''))
  const uri = find('a:graphicData')?.attributes.uri ?? ''
  const kind = kinds.find(([pattern]) => pattern.test(uri))?.[1]
  const art = find('v:textpath')?.attributes.string
  const lost = () => {
    if (element.name === 'w:object') return 'Embedded object left out'
    if (isPicture) return `Picture${label ? ` “${label}”` : ''} left out`
    if (art) return `Drawn words “${art.slice(0, 80)}” left out`
    if (textBoxes.length > 0) return 'Text box moved below its text'
    if (rule) return undefined
    return `${kind ?? (element.name === 'w:pict' ? 'Drawing' : 'Picture')}${label ? ` “${label}”` : ''} left out`
  }
  return { lost: lost(), textBoxes, rule }
}

/** Whether an element contains one of these elements. */
export const contains = (element: XmlElement, ...names: string[]): boolean => !descendants(element, new Set(names)).next().done
