/** Headers and footers: they are left out, and named by their words. */
import type { WordPackage } from './package/package.ts'
import { readDrawing } from './inline/drawings.ts'
import { descendants, type XmlElement } from './package/xml.ts'
import { excerpt, type Warnings } from './warnings.ts'

const references = new Set(['w:headerReference', 'w:footerReference'])
const textParts = new Set(['w:t', 'w:tab', 'w:p', 'w:fldChar', 'w:fldSimple', 'w:drawing', 'w:pict'])

/** The words of a header, without those that Word computes, such as page numbers. */
function wordsOf(root: XmlElement): string {
  let words = ''
  let fields = 0
  const read = (element: XmlElement) => {
    for (const part of descendants(element, textParts)) {
      if (part.name === 'w:fldChar') {
        const type = part.attributes['w:fldCharType']
        if (type === 'begin') fields++
        else if (type === 'end') fields = Math.max(0, fields - 1)
      } else if (part.name === 'w:p') {
        read(part)
        words += ' '
      } else if (part.name === 'w:t' && fields === 0) words += part.text
      else if (part.name === 'w:tab') words += ' '
    }
  }
  read(root)
  return words
}

/** Whether words say more than the title and numbers of pages. */
function isNotable(words: string, title: string): boolean {
  const letters = (text: string) => text.replace(/[^\p{L}]+/gu, '').toLowerCase()
  const own = letters(words)
  return own !== '' && own !== letters(title) && !/^(page|of|seite|von|sur|p)*$/.test(own)
}

const drawings = new Set(['w:drawing', 'w:pict'])

/** Warns of watermarks and pictures. Words of text boxes are left out with the header. */
function warnOfDrawings(part: XmlElement, kind: string, warnings: Warnings): void {
  for (const drawing of descendants(part, drawings)) {
    const [art] = descendants(drawing, new Set(['v:textpath']))
    const words = art?.attributes.string
    if (words) warnings.add(`Watermark left out: “${excerpt(words)}”.`)
    else if (readDrawing(drawing).lost?.startsWith('Picture')) warnings.add(`Picture in a ${kind} left out.`)
  }
}

/** Warns of each header and footer with words. */
export function warnOfHeaders(file: WordPackage, root: XmlElement, warnings: Warnings): void {
  const core = file.relationshipsOf('').find(({ type, external }) => type === 'core-properties' && !external)
  const properties = core && file.tree(core.target)
  const title = properties?.children.find(({ name }) => name === 'dc:title')?.text ?? ''
  const relationships = file.relationshipMap(file.main)
  for (const { name, attributes } of descendants(root, references)) {
    const target = relationships.get(attributes['r:id'] ?? '')
    const part = target && !target.external ? file.tree(target.target) : undefined
    const words = part ? wordsOf(part) : ''
    const kind = name === 'w:headerReference' ? 'Header' : 'Footer'
    if (part) warnOfDrawings(part, kind.toLowerCase(), warnings)
    if (isNotable(words, title)) warnings.add(`${kind} left out: “${excerpt(words)}”.`)
  }
}
