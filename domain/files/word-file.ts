/** Word documents from strangers: what of them is read at all. Only text, styles, lists and notes; nothing that runs, nothing from elsewhere. */
import { packed, unpacked } from './archive.ts'
import { Unreadable } from './unreadable.ts'

const read =
  /^(\[Content_Types\]\.xml|_rels\/\.rels|word\/(document|styles|numbering|footnotes|endnotes)\.xml|word\/_rels\/(document|footnotes|endnotes)\.xml\.rels)$/
const macros = /(^|\/)(vbaProject|vbaData)[^/]*$|\.bas$/i
const pictures = /^word\/media\//

/**
 * Keeps of a Word document what is to be read, as a smaller one.
 * @throws Unreadable where it is none, has macros, or is damaged
 */
export function harmless(bytes: Uint8Array): { bytes: Uint8Array; warnings: string[] } {
  const { names, parts } = unpacked(bytes, (name) => read.test(name))
  const types = parts.get('[Content_Types].xml')
  if (!types || !parts.has('word/document.xml')) throw new Unreadable('It is an archive, but not a Word document.')
  if (names.some((name) => macros.test(name)) || textOf(types).includes('macroEnabled'))
    throw new Unreadable('The document has macros. Save it as a plain .docx without them, and import that.')
  const warnings = new Set<string>()
  if (names.some((name) => pictures.test(name))) warnings.add('Pictures were left out.')
  if (names.some((name) => name.startsWith('word/embeddings/'))) warnings.add('Embedded files were left out.')
  for (const [name, part] of parts) {
    const text = textOf(part)
    // entities of one's own are how a small XML becomes a large one, or reads files
    if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new Unreadable('The document holds XML that Word does not write; it was not opened.')
    if (!name.endsWith('.rels')) continue
    const kept = text.replace(/<Relationship\b[^>]*>/g, (relation) => {
      if (!/TargetMode\s*=\s*["']External["']/i.test(relation) || /Type\s*=\s*["'][^"']*\/hyperlink["']/i.test(relation)) return relation
      warnings.add('References to files elsewhere were left out.')
      return ''
    })
    parts.set(name, new TextEncoder().encode(kept))
  }
  return { bytes: packed(parts), warnings: [...warnings] }
}

function textOf(part: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(part)
  } catch {
    throw new Unreadable('The document is damaged: its text cannot be read.')
  }
}

/** Looks beside those that are known by themselves. */
const styleMap = [
  'u => u',
  "p[style-name='Quote'] => blockquote > p:fresh",
  "p[style-name='Intense Quote'] => blockquote > p:fresh",
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Code Block'] => pre > code:separator('\n')",
  "r[style-name='Code Words'] => code",
]

/** The text of a Word document as HTML, not yet cleaned. What was inserted by a tracked change is there, what was deleted is not. */
export async function htmlOfWord(bytes: Uint8Array): Promise<{ html: string; warnings: string[] }> {
  const { bytes: kept, warnings } = harmless(bytes)
  const { default: mammoth } = await import('mammoth')
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: Buffer.from(kept) },
      {
        styleMap,
        externalFileAccess: false,
        includeEmbeddedStyleMap: false,
        convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: '' })),
      },
    )
    return { html: value, warnings }
  } catch {
    throw new Unreadable('The document is damaged: Word’s parts of it do not fit together.')
  }
}
