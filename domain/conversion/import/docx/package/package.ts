/** The parts of a Word file (ECMA-376 part 2): found by relationships, whatever they are called. Files come from strangers. */
import { unzipParts } from '../../zip.ts'
import { UnreadableFileError } from '../../../unreadable-file.ts'
import { childrenOf, parseXml, type XmlElement } from './xml.ts'

const macroParts = /(^|\/)(vbaProject|vbaData)[^/]*$|\.bas$/i
const xmlParts = /\.(xml|rels)$/i

/** A relationship of a part. */
export interface Relationship {
  /** The last part of its type: `hyperlink`, `numbering`. */
  type: string
  /** The name of a part, or the address outside the file. */
  target: string
  external: boolean
}

/** A name of a part as it is compared: some writers use backslashes, capitals or a leading slash. */
const toKey = (name: string) => name.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase()

function decodePart(part: Uint8Array): string {
  const wide = (part[0] === 0xff && part[1] === 0xfe) || (part[0] === 0xfe && part[1] === 0xff)
  try {
    return new TextDecoder(wide ? (part[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8', { fatal: true }).decode(part)
  } catch {
    throw new UnreadableFileError('The document is damaged: its text cannot be read.')
  }
}

/** A target of a relationship, relative to the folder of its part. */
function resolveTarget(target: string, folder: string): string {
  const path = target.replaceAll('\\', '/')
  const names = path.startsWith('/') ? [] : folder.split('/').filter(Boolean)
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names.join('/')
}

/** An opened Word file. */
export class WordPackage {
  readonly #parts = new Map<string, Uint8Array>()
  readonly #trees = new Map<string, XmlElement | undefined>()
  readonly #relationships = new Map<string, Map<string, Relationship>>()
  /** The names of all parts. */
  readonly names: readonly string[]
  /** The name of the main part. */
  readonly main: string

  /** @throws UnreadableFileError where it is not a Word document, has macros, or is damaged */
  constructor(bytes: Uint8Array) {
    const { names, parts } = unzipParts(bytes, (name) => xmlParts.test(name))
    this.names = names
    for (const [name, part] of parts) this.#parts.set(toKey(name), part)
    const types = this.#text('[Content_Types].xml')
    if (types === undefined) throw new UnreadableFileError('This file is an archive, but not a Word document.')
    if (names.some((name) => macroParts.test(name)) || types.includes('macroEnabled'))
      throw new UnreadableFileError('The document contains macros. Save it as .docx without macros and import it again.')
    const main = this.relationshipsOf('').find(({ type }) => type === 'officeDocument')?.target ?? 'word/document.xml'
    if (!this.#parts.has(toKey(main))) throw new UnreadableFileError('This file is an archive, but not a Word document.')
    this.main = main
  }

  #text(name: string): string | undefined {
    const part = this.#parts.get(toKey(name))
    if (!part) return undefined
    const text = decodePart(part)
    // own entities can make a small XML large, or read files
    if (/<!(DOCTYPE|ENTITY)/i.test(text))
      throw new UnreadableFileError('The document contains XML entities, which are not allowed. Save it with Word and import it again.')
    return text
  }

  /** The tree of a part; undefined where there is none. @throws UnreadableFileError where it is damaged */
  tree(name: string): XmlElement | undefined {
    const key = toKey(name)
    if (!this.#trees.has(key)) {
      const text = this.#text(name)
      this.#trees.set(key, text === undefined ? undefined : parseXml(text))
    }
    return this.#trees.get(key)
  }

  /** The relationships of a part by id; those of the package for an empty name. */
  relationshipMap(name: string): ReadonlyMap<string, Relationship> {
    const known = this.#relationships.get(name)
    if (known) return known
    const slash = name.lastIndexOf('/')
    const folder = slash < 0 ? '' : name.slice(0, slash)
    const root = this.tree(`${folder}/_rels/${name.slice(slash + 1)}.rels`)
    const found = new Map<string, Relationship>()
    for (const { attributes } of childrenOf(root, 'rel:Relationship')) {
      const external = /^external$/i.test(attributes.TargetMode ?? '')
      const given = attributes.Target ?? ''
      // some writers do not say that an address of the web is outside the file
      const target = external || /^(https?:|mailto:)/i.test(given) ? given : resolveTarget(given, folder)
      const type = /[^/]*$/.exec(attributes.Type ?? '')?.[0] ?? ''
      found.set(attributes.Id ?? '', { type, target, external })
    }
    this.#relationships.set(name, found)
    return found
  }

  relationshipsOf(name: string): Relationship[] {
    return [...this.relationshipMap(name).values()]
  }

  /** A part that the main part relates to, by the type of the relationship. */
  related(type: string): { name: string; root: XmlElement } | undefined {
    const target = this.relationshipsOf(this.main).find((one) => one.type === type && !one.external)?.target
    const root = target === undefined ? undefined : this.tree(target)
    return root && { name: target as string, root }
  }
}
