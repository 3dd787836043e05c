/** Reads XML of a Word document as a small tree. Prefixes are normalized, so that readers can name elements as `w:p`. */
import { SaxesParser, type SaxesTagNS } from 'saxes'
import { UnreadableFileError } from '../../../unreadable-file.ts'

/** An element. Text is kept only where Word keeps text. */
export interface XmlElement {
  /** The local name with the usual prefix of its namespace: `w:p`, `m:oMath`. Without a known namespace: `?:name`. */
  name: string
  /** By name with prefix; attributes without a namespace have no prefix. */
  attributes: Readonly<Record<string, string>>
  children: XmlElement[]
  /** The text directly in it; empty for elements that hold none. */
  text: string
}

/** Deepest nesting that is read. Tables in tables take three levels each. */
const maxDepth = 600
/** Maximum elements of a part: a contract of 1,000 pages has about a million. */
const maxElements = 1_500_000

const transitional = 'http://schemas.openxmlformats.org/'
const strict = 'http://purl.oclc.org/ooxml/'
/** The usual prefixes by namespace. Strict files have namespaces of their own. */
const prefixes = new Map([
  [`${transitional}wordprocessingml/2006/main`, 'w'],
  [`${strict}wordprocessingml/main`, 'w'],
  [`${transitional}officeDocument/2006/relationships`, 'r'],
  [`${strict}officeDocument/relationships`, 'r'],
  [`${transitional}officeDocument/2006/math`, 'm'],
  [`${strict}officeDocument/math`, 'm'],
  [`${transitional}drawingml/2006/main`, 'a'],
  [`${strict}drawingml/main`, 'a'],
  [`${transitional}drawingml/2006/wordprocessingDrawing`, 'wp'],
  [`${strict}drawingml/wordprocessingDrawing`, 'wp'],
  [`${transitional}drawingml/2006/picture`, 'pic'],
  [`${transitional}drawingml/2006/chart`, 'c'],
  [`${transitional}drawingml/2006/diagram`, 'dgm'],
  [`${transitional}markup-compatibility/2006`, 'mc'],
  [`${transitional}package/2006/relationships`, 'rel'],
  [`${transitional}package/2006/content-types`, 'ct'],
  ['http://schemas.microsoft.com/office/word/2010/wordml', 'w14'],
  ['http://schemas.microsoft.com/office/word/2012/wordml', 'w15'],
  ['http://schemas.microsoft.com/office/word/2010/wordprocessingShape', 'wps'],
  ['http://schemas.microsoft.com/office/word/2010/wordprocessingGroup', 'wpg'],
  ['http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas', 'wpc'],
  ['urn:schemas-microsoft-com:vml', 'v'],
  ['urn:schemas-microsoft-com:office:office', 'o'],
  ['http://purl.org/dc/elements/1.1/', 'dc'],
  ['http://www.w3.org/XML/1998/namespace', 'xml'],
])

const textElements = new Set(['w:t', 'w:delText', 'w:instrText', 'm:t', 'dc:title'])
const noAttributes: Readonly<Record<string, string>> = Object.freeze({})

const canonicalName = (uri: string, local: string) => `${prefixes.get(uri) ?? '?'}:${local}`

function toAttributes({ attributes }: SaxesTagNS): Readonly<Record<string, string>> {
  const entries = Object.values(attributes).filter(({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns')
  if (entries.length === 0) return noAttributes
  return Object.fromEntries(entries.map(({ uri, local, value }) => [uri === '' ? local : canonicalName(uri, local), value]))
}

/**
 * Parses the text of a part.
 * @throws UnreadableFileError where it is not well-formed, or has more elements or levels than are read
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true })
  const open: XmlElement[] = []
  let root: XmlElement | undefined
  let count = 0
  parser.on('opentag', (tag) => {
    if (++count > maxElements) throw new UnreadableFileError('The document is too large to be imported.')
    if (open.length >= maxDepth) throw new UnreadableFileError('The document is nested too deeply to be imported.')
    const element: XmlElement = { name: canonicalName(tag.uri, tag.local), attributes: toAttributes(tag), children: [], text: '' }
    open.at(-1)?.children.push(element)
    root ??= element
    open.push(element)
  })
  const addText = (characters: string) => {
    const element = open.at(-1)
    if (element && textElements.has(element.name)) element.text += characters
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => void open.pop())
  try {
    parser.write(text).close()
  } catch (error) {
    if (error instanceof UnreadableFileError) throw error
    throw new UnreadableFileError('The document is damaged and cannot be read.')
  }
  if (!root) throw new UnreadableFileError('The document is damaged and cannot be read.')
  return root
}

/** The first child with a name. */
export const child = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((one) => one.name === name)

/** The children with a name. */
export const childrenOf = (element: XmlElement | undefined, name: string): XmlElement[] =>
  element?.children.filter((one) => one.name === name) ?? []

/** The attribute `w:val` of a child; undefined where there is none. */
export const valueOf = (element: XmlElement | undefined, name: string): string | undefined => child(element, name)?.attributes['w:val']

/** A whole number in an attribute; undefined where it is none. */
export function toInteger(text: string | undefined): number | undefined {
  return text !== undefined && /^[+-]?\d{1,9}$/.test(text.trim()) ? Number(text) : undefined
}

/** Whether a switch is on: `<w:b/>` and `<w:b w:val="1"/>` are, `<w:b w:val="0"/>` is not. Undefined where it is absent. */
export function switchOf(element: XmlElement | undefined, name: string): boolean | undefined {
  const found = child(element, name)
  if (!found) return undefined
  return !/^(0|false|off|none)$/i.test(found.attributes['w:val'] ?? found.attributes['w14:val'] ?? '1')
}

/** All elements below an element with one of these names, in order; not below a found one. */
export function* descendants(element: XmlElement, names: ReadonlySet<string>): Generator<XmlElement> {
  for (const one of element.children) {
    if (names.has(one.name)) yield one
    else yield* descendants(one, names)
  }
}

/** Namespaces whose elements are read, as `mc:Choice` requires them. */
const understood = new Set(['wps', 'wpg', 'wpc', 'w14', 'w15', 'wp14', 'w16', 'w16se', 'w16cid', 'w16cex', 'wpi'])

/** The branch of `mc:AlternateContent` that is read: the first choice whose namespaces are known, else the fallback. */
export function alternative(element: XmlElement): XmlElement | undefined {
  const choices = childrenOf(element, 'mc:Choice')
  const known = choices.find(({ attributes }) => (attributes.Requires ?? '').split(/\s+/).every((prefix) => understood.has(prefix)))
  return known ?? child(element, 'mc:Fallback') ?? choices[0]
}

/** The children of an element, with alternatives replaced by their branch. */
export function resolvedChildren(element: XmlElement): XmlElement[] {
  if (element.children.every(({ name }) => name !== 'mc:AlternateContent')) return element.children
  return element.children.flatMap((one) => {
    if (one.name !== 'mc:AlternateContent') return [one]
    const branch = alternative(one)
    return branch ? resolvedChildren(branch) : []
  })
}
