/** Reads Word documents from strangers: only text, styles, lists and notes; no code, nothing external. */
import { zipParts, unzipParts } from './zip.ts'
import { UnreadableFileError } from '../unreadable-file.ts'

const allowedParts =
  /^(\[Content_Types\]\.xml|_rels\/\.rels|word\/(document|styles|numbering|footnotes|endnotes)\.xml|word\/_rels\/(document|footnotes|endnotes)\.xml\.rels)$/
const macroParts = /(^|\/)(vbaProject|vbaData)[^/]*$|\.bas$/i
const pictureParts = /^word\/media\//

/**
 * Reduces a Word document to the parts that are read.
 * @throws UnreadableFileError where it is not a Word document, has macros, or is damaged
 */
export function stripUnsafeParts(bytes: Uint8Array): { bytes: Uint8Array; warnings: string[] } {
  const { names, parts } = unzipParts(bytes, (name) => allowedParts.test(name))
  const types = parts.get('[Content_Types].xml')
  if (!types || !parts.has('word/document.xml')) throw new UnreadableFileError('This file is an archive, but not a Word document.')
  if (names.some((name) => macroParts.test(name)) || decodeText(types).includes('macroEnabled'))
    throw new UnreadableFileError('The document contains macros. Save it as .docx without macros and import it again.')
  const warnings = new Set<string>()
  if (names.some((name) => pictureParts.test(name))) warnings.add('Pictures were left out.')
  if (names.some((name) => name.startsWith('word/embeddings/'))) warnings.add('Embedded files were left out.')
  for (const [name, part] of parts) {
    const text = decodeText(part)
    // own entities can make a small XML large, or read files
    if (/<!(DOCTYPE|ENTITY)/i.test(text))
      throw new UnreadableFileError('The document contains XML entities, which are not allowed. Save it with Word and import it again.')
    if (!name.endsWith('.rels')) continue
    const kept = text.replace(/<Relationship\b[^>]*>/g, (relation) => {
      if (!/TargetMode\s*=\s*["']External["']/i.test(relation) || /Type\s*=\s*["'][^"']*\/hyperlink["']/i.test(relation)) return relation
      warnings.add('References to files elsewhere were left out.')
      return ''
    })
    parts.set(name, new TextEncoder().encode(kept))
  }
  return { bytes: zipParts(parts), warnings: [...warnings] }
}

function decodeText(part: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(part)
  } catch {
    throw new UnreadableFileError('The document is damaged: its text cannot be read.')
  }
}

/** Style mappings beside mammoth's defaults. */
const styleMap = [
  'u => u',
  "p[style-name='Quote'] => blockquote > p:fresh",
  "p[style-name='Intense Quote'] => blockquote > p:fresh",
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Code Block'] => pre > code:separator('\n')",
  "r[style-name='Code Words'] => code",
]

/** Converts a Word document to HTML, not sanitized. Tracked insertions are included, tracked deletions are not. */
export async function docxToHtml(bytes: Uint8Array): Promise<{ html: string; warnings: string[] }> {
  const { bytes: kept, warnings } = stripUnsafeParts(bytes)
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
    throw new UnreadableFileError('The document is damaged and cannot be read.')
  }
}
