/** Writes Word files for tests, part by part. */
import { strToU8, zipSync } from 'fflate'

const namespaces = {
  w: 'http://schemas.openxmlformats.org/wordprocessingml/2006/main',
  r: 'http://schemas.openxmlformats.org/officeDocument/2006/relationships',
  m: 'http://schemas.openxmlformats.org/officeDocument/2006/math',
  a: 'http://schemas.openxmlformats.org/drawingml/2006/main',
  wp: 'http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing',
  pic: 'http://schemas.openxmlformats.org/drawingml/2006/picture',
  mc: 'http://schemas.openxmlformats.org/markup-compatibility/2006',
  wps: 'http://schemas.microsoft.com/office/word/2010/wordprocessingShape',
  w14: 'http://schemas.microsoft.com/office/word/2010/wordml',
  w15: 'http://schemas.microsoft.com/office/word/2012/wordml',
  v: 'urn:schemas-microsoft-com:vml',
  o: 'urn:schemas-microsoft-com:office:office',
}
const declarations = Object.entries(namespaces)
  .map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`)
  .join(' ')

/** A root element of a part, with all namespaces. */
export const wordRoot = (name: string, content: string): string => `<?xml version="1.0"?><${name} ${declarations}>${content}</${name}>`

/** A run; its properties without `w:rPr`. */
export const run = (text: string, properties = ''): string =>
  `<w:r>${properties && `<w:rPr>${properties}</w:rPr>`}<w:t xml:space="preserve">${text}</w:t></w:r>`
/** A run of deleted text. */
export const deletedRun = (text: string): string => `<w:r><w:delText xml:space="preserve">${text}</w:delText></w:r>`
/** A paragraph; its properties without `w:pPr`. Text without elements becomes a run. */
export const paragraph = (content: string, properties = ''): string =>
  `<w:p>${properties && `<w:pPr>${properties}</w:pPr>`}${content.includes('<') || content === '' ? content : run(content)}</w:p>`
/** The property that numbers a paragraph. */
export const numberedAt = (level: number, list = 1): string => `<w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="${list}"/></w:numPr>`
/** A numbered paragraph. */
export const numbered = (text: string, level: number, list = 1): string => paragraph(text, numberedAt(level, list))
/** A field with a result. */
export const field = (instruction: string, result: string): string =>
  `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">${instruction}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>${run(result)}<w:r><w:fldChar w:fldCharType="end"/></w:r>`
/** A table of rows of cells, each with its content. */
export const table = (...rows: string[]): string => `<w:tbl><w:tblPr/>${rows.map((cells) => `<w:tr>${cells}</w:tr>`).join('')}</w:tbl>`
export const cell = (content: string, properties = ''): string =>
  `<w:tc>${properties && `<w:tcPr>${properties}</w:tcPr>`}${content.includes('<w:p>') || content.includes('<w:tbl>') ? content : paragraph(content)}</w:tc>`

/** A level of a list: format, text, and further properties. */
export const level = (at: number, format: string, text: string, more = ''): string =>
  `<w:lvl w:ilvl="${at}"><w:start w:val="1"/><w:numFmt w:val="${format}"/>${more}<w:lvlText w:val="${text}"/></w:lvl>`
/** A definition of a list. */
export const definition = (id: number, ...levels: string[]): string =>
  `<w:abstractNum w:abstractNumId="${id}">${levels.join('')}</w:abstractNum>`
/** A list of a definition. */
export const list = (id: number, of: number, overrides = ''): string =>
  `<w:num w:numId="${id}"><w:abstractNumId w:val="${of}"/>${overrides}</w:num>`
export const startAt = (at: number, start: number): string =>
  `<w:lvlOverride w:ilvl="${at}"><w:startOverride w:val="${start}"/></w:lvlOverride>`
/** Clauses: 1. / 1.1 / (a) / (i). */
export const clauses = definition(
  0,
  level(0, 'decimal', '%1.', '<w:pStyle w:val="Heading1"/>'),
  level(1, 'decimal', '%1.%2'),
  level(2, 'lowerLetter', '(%3)'),
  level(3, 'lowerRoman', '(%4)'),
)
/** A style. */
export const style = (type: string, id: string, name: string, content = ''): string =>
  `<w:style w:type="${type}" w:styleId="${id}"><w:name w:val="${name}"/>${content}</w:style>`

const relationship = (type: string, target: string, more = '') =>
  `<Relationship Id="${type}${target.length}" Type="${namespaces.r}/${type}" Target="${target}"${more}/>`
const relationships = (content: string) =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${content}</Relationships>`

/** The parts of a Word file beside its body: the content of their root elements, or whole parts by name. */
export interface WordParts {
  styles?: string
  numbering?: string
  comments?: string
  commentsExtended?: string
  footnotes?: string
  /** Relationships of the main part, as XML. */
  links?: string
  /** Whole parts by name. */
  other?: Record<string, string | Uint8Array>
}

const roots = {
  styles: 'w:styles',
  numbering: 'w:numbering',
  comments: 'w:comments',
  footnotes: 'w:footnotes',
  commentsExtended: 'w15:commentsEx',
}

/** The bytes of a Word file. */
export function wordFile(body: string, { links = '', other = {}, ...parts }: WordParts = {}): Uint8Array {
  const files: Record<string, string | Uint8Array> = {
    '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    '_rels/.rels': relationships(relationship('officeDocument', 'word/document.xml')),
    'word/document.xml': wordRoot('w:document', `<w:body>${body}</w:body>`),
  }
  let related = links
  for (const [name, content] of Object.entries(parts)) {
    files[`word/${name}.xml`] = wordRoot(roots[name as keyof typeof roots], content)
    related += relationship(name, `${name}.xml`)
  }
  files['word/_rels/document.xml.rels'] = relationships(related)
  const all = Object.entries({ ...files, ...other })
  return zipSync(Object.fromEntries(all.map(([name, part]) => [name, typeof part === 'string' ? strToU8(part) : part])), { level: 0 })
}
