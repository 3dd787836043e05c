/** Reads how suggestions are stored in a text: attributes of marks and of blocks. Server and browser share this. */
import type { BlockSuggestion } from './schema.ts'

/** The attributes that all marks of a suggestion have. Clients write them, so `author` and `at` may be anything. */
export interface SuggestionMark {
  id: string
  author?: unknown
  at?: unknown
  /** Of a suggested format: the marks that it added and removed. */
  added?: unknown
  removed?: unknown
}

/** RFC 9562: a version from 1 to 8, and the variant. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const kinds: readonly unknown[] = ['insert', 'delete', 'change'] satisfies BlockSuggestion['kind'][]

/** Key of a suggestion's mark in the Yjs text: y-tiptap adds a hash where marks of one name may overlap. */
export const suggestionMarkKey = /^(insertion|deletion|formatChange)(?:--[a-zA-Z0-9+/=]{8})?$/

/** What a suggestion does to text: the names of its marks. */
export type SuggestionMarkName = 'insertion' | 'deletion' | 'formatChange'

/** The name of a suggestion's mark from its key in the Yjs text; undefined for other marks. */
export const suggestionMarkName = (key: string): SuggestionMarkName | undefined =>
  suggestionMarkKey.exec(key)?.[1] as SuggestionMarkName | undefined

/** Formats that can be suggested: the names of their marks. */
export const suggestibleFormats: readonly string[] = ['bold', 'italic', 'underline', 'strike', 'code', 'superscript', 'subscript', 'link']

/** A format that a suggestion added or removed. */
export interface ChangedFormat {
  type: string
  attrs: Record<string, unknown>
}

/** The formats in the attribute `added` or `removed` of a suggested format. Unknown ones are left out. */
export function parseChangedFormats(attribute: unknown): ChangedFormat[] {
  if (!Array.isArray(attribute)) return []
  return (attribute as unknown[]).slice(0, suggestibleFormats.length).flatMap((mark) => {
    if (!isObject(mark) || !suggestibleFormats.includes(String(mark.type))) return []
    return [{ type: String(mark.type), attrs: isObject(mark.attrs) ? mark.attrs : {} }]
  })
}

/** The suggestion of a mark; undefined when the attributes are not valid. */
export function parseSuggestionMark(attributes: unknown): SuggestionMark | undefined {
  return isObject(attributes) && isUuid(attributes.id) ? { ...attributes, id: attributes.id } : undefined
}

/** The suggestion of a block; undefined when the attribute is absent or not valid. */
export function parseBlockSuggestion(attribute: unknown): BlockSuggestion | undefined {
  if (typeof attribute !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(attribute)
    if (!isObject(value)) return undefined
    const { id, kind, author, at, was } = value
    if (!isUuid(id) || !kinds.includes(kind) || typeof author !== 'string' || typeof at !== 'string') return undefined
    if (was === undefined) return { id, kind: kind as BlockSuggestion['kind'], author, at }
    if (!isObject(was) || typeof was.type !== 'string' || !isObject(was.attrs)) return undefined
    const containers = parseContainers(was)
    return { id, kind: kind as BlockSuggestion['kind'], author, at, was: { type: was.type, attrs: was.attrs, ...containers } }
  } catch {
    return undefined
  }
}

/** Blocks around others whose change can be suggested. */
export const containerNames: readonly string[] = ['blockquote', 'bulletList', 'orderedList', 'taskList', 'listItem', 'taskItem']

/** Maximum number of containers around a block that a suggestion restores. */
const maxContainers = 40

function parseContainers({ within, shared }: Record<string, unknown>): Pick<NonNullable<BlockSuggestion['was']>, 'within' | 'shared'> {
  if (!Array.isArray(within) || within.length > maxContainers) return {}
  if (!within.every((name) => containerNames.includes(String(name)))) return {}
  const [before, after] = Array.isArray(shared) ? (shared as unknown[]) : []
  const count = (value: unknown) => (typeof value === 'number' ? Math.max(0, Math.min(within.length, Math.floor(value))) : 0)
  return { within: within as string[], shared: [count(before), count(after)] }
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && uuid.test(value)
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
