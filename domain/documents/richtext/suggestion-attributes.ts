/** Reads how suggestions are stored in a text: attributes of marks and of blocks. Server and browser share this. */
import type { BlockSuggestion } from './schema.ts'

/** The attributes that all marks of a suggestion have. Clients write them, so `author` and `at` may be anything. */
export interface SuggestionMark {
  id: string
  author?: unknown
  at?: unknown
}

/** RFC 9562: a version from 1 to 8, and the variant. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i
const kinds: readonly unknown[] = ['insert', 'delete', 'change'] satisfies BlockSuggestion['kind'][]

/** Key of a suggestion's mark in the Yjs text: y-tiptap adds a hash where marks of one name may overlap. */
export const suggestionMarkKey = /^(insertion|deletion)(?:--[a-zA-Z0-9+/=]{8})?$/

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
    return { id, kind: kind as BlockSuggestion['kind'], author, at, was: { type: was.type, attrs: was.attrs } }
  } catch {
    return undefined
  }
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && uuid.test(value)
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
