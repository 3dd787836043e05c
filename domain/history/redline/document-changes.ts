/**
 * What differs between two revisions of a document, beside the words: counts of paragraphs, values of fields, entries of sections. Restoring
 * shows it before, and the history of boards and plans consists of it.
 */
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { numberContent, readListStyles } from '../../documents/richtext/list-styles.ts'
import type { BlockSuggestion } from '../../documents/richtext/schema.ts'
import { readContent } from '../../documents/richtext/to-json.ts'
import { readValues } from '../../documents/richtext/variables.ts'
import { type Fields, readEntryFields } from '../../documents/sections/section.ts'
import { attributeCharacters, type ChangeRanges } from './change-attribution.ts'
import { fillVariables } from './fill-variables.ts'
import { partOf } from '../document-parts.ts'
import { detectKind } from '../reconcile.ts'
import { createRedlineContent, type RedlineSide } from './redline-content.ts'

/** How many paragraphs were added, removed or changed; `reformatted`: only their format. Those with only other field values do not count. */
export interface TextChanges {
  added: number
  removed: number
  changed: number
  reformatted: number
}

/** A field whose value changed; null is no value. */
export interface FieldChange {
  name: string
  before: string | null
  after: string | null
}

/** A value that was added, removed or changed in an entry; null where it was not there. */
export interface ValueChange {
  name: string
  before: unknown
  after: unknown
}

/** An entry of a section that was added, removed or changed. */
export interface EntryChange {
  /** The name of the root type: `tasks`, `goals`. */
  section: string
  id: string
  change: 'added' | 'removed' | 'changed'
  /** The entry, as it is in the later revision; a removed one as it was in the earlier one. Long texts are cut. */
  entry: Record<string, unknown>
  values: ValueChange[]
}

export interface DocumentChanges {
  text: TextChanges
  fields: FieldChange[]
  entries: EntryChange[]
  /** How many further entries changed. */
  moreEntries: number
  /** Names of other root types that changed, which clients hold beside ours. */
  others: string[]
}

/** Maximum number of entries and fields that are listed, and maximum length of a text in them. */
const maxListed = 200
const maxCharacters = 200

/** A document at one revision, for comparing. */
export interface RevisionContent {
  side: RedlineSide
  values: ReadonlyMap<string, string>
  sections: Map<string, Map<string, Fields>>
  others: Map<string, string>
}

/** Reads what is compared of a document, which may change afterwards. */
export async function readRevisionContent(document: Y.Doc, ranges: ChangeRanges = new Map()): Promise<RevisionContent> {
  const content = numberContent(await readContent(document), readListStyles(document))
  const [sections, others] = [new Map<string, Map<string, Fields>>(), new Map<string, string>()]
  for (const [name, root] of document.share) {
    if (partOf(name) !== 'sections') continue
    const kind = detectKind(root)
    const entries = kind === 'map' ? readSection(document.getMap(name)) : undefined
    if (entries) sections.set(name, entries)
    else if (kind) others.set(name, JSON.stringify(readRoot(document, name, kind).toJSON()))
  }
  const side = { content: fillVariables(content, document, ranges), by: attributeCharacters(document, ranges) }
  return { side, values: readValues(document), sections, others }
}

/** The entries of a root map; undefined where it holds something else. */
function readSection(root: Y.Map<unknown>): Map<string, Fields> | undefined {
  const entries = new Map<string, Fields>()
  for (const [id, value] of root.entries()) {
    const fields = readEntryFields(value)
    if (fields) entries.set(id, fields)
  }
  return entries.size > 0 || root.size === 0 ? entries : undefined
}

function readRoot(document: Y.Doc, name: string, kind: NonNullable<ReturnType<typeof detectKind>>): Y.AbstractType<any> {
  if (kind === 'map') return document.getMap(name)
  if (kind === 'array') return document.getArray(name)
  return kind === 'text' ? document.getText(name) : document.getXmlFragment(name)
}

/** Compares two revisions. @returns what changed, and the later text with its insertions and deletions marked */
export function compareRevisions(before: RevisionContent, after: RevisionContent): { changes: DocumentChanges; content: JSONContent } {
  const content = createRedlineContent(before.side, after.side)
  const entries = [...compareSections(before.sections, after.sections)]
  const changes = {
    text: countTextChanges(content),
    fields: compareValues(before.values, after.values).slice(0, maxListed),
    entries: entries.slice(0, maxListed),
    moreEntries: Math.max(0, entries.length - maxListed),
    others: [...new Set([...before.others.keys(), ...after.others.keys()])].filter(
      (name) => before.others.get(name) !== after.others.get(name),
    ),
  }
  return { changes, content }
}

const compareValues = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): FieldChange[] =>
  [...new Set([...after.keys(), ...before.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }))

function* compareSections(before: RevisionContent['sections'], after: RevisionContent['sections']): Generator<EntryChange> {
  for (const section of [...new Set([...after.keys(), ...before.keys()])].sort()) {
    const [old, present] = [before.get(section), after.get(section)]
    for (const id of [...new Set([...(present?.keys() ?? []), ...(old?.keys() ?? [])])].sort()) {
      const [was, is] = [old?.get(id), present?.get(id)]
      const values = compareFields(was ?? {}, is ?? {})
      if (was && is && values.length === 0) continue
      const change = !was ? 'added' : !is ? 'removed' : 'changed'
      yield { section, id, change, entry: shortenAll(is ?? was ?? {}), values: change === 'changed' ? values : [] }
    }
  }
}

function compareFields(before: Fields, after: Fields): ValueChange[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({ name, before: shorten(before[name]), after: shorten(after[name]) }))
}

const shortenAll = (fields: Fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shorten(value)]))

/** A plain value that is not long. */
function shorten(value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value === 'string') return value.length > maxCharacters ? `${value.slice(0, maxCharacters).toWellFormed()}…` : value
  const text = JSON.stringify(value)
  return text === undefined || text.length > maxCharacters ? null : (value as unknown)
}

/** Counts the changed paragraphs of a redline. */
function countTextChanges(content: JSONContent): TextChanges {
  const counts = { added: 0, removed: 0, changed: 0, reformatted: 0 }
  const walk = (part: JSONContent, around: 'added' | 'removed' | undefined) => {
    const kind = readBlockKind(part)
    const state = around ?? (kind === 'insert' ? 'added' : kind === 'delete' ? 'removed' : undefined)
    const isLeaf = !part.content?.some(isBlock)
    if (!isLeaf) for (const inner of part.content ?? []) walk(inner, state)
    else if (state) counts[state]++
    else {
      const found = findInlineChange(part.content ?? [])
      if (found === 'words') counts.changed++
      else if (found === 'format' || kind === 'change') counts.reformatted++
    }
  }
  for (const part of content.content ?? []) walk(part, undefined)
  return counts
}

const inlineTypes = new Set(['text', 'hardBreak', 'variable', 'crossReference'])
const isBlock = ({ type }: JSONContent) => !inlineTypes.has(type ?? '')

/** The kind of the change of a whole block. Suggestions that are in the document have other ids. */
function readBlockKind({ attrs }: JSONContent): BlockSuggestion['kind'] | undefined {
  const suggestion: unknown = attrs?.suggestion
  if (typeof suggestion !== 'string') return undefined
  const { id, kind } = JSON.parse(suggestion) as BlockSuggestion
  return id === 'redline' ? kind : undefined
}

const findMark = ({ marks }: JSONContent, type: string) => marks?.some((mark) => mark.type === type && mark.attrs?.id === null) ?? false

/** Whether words or only formats of a block changed. A field that only has another value is neither. */
function findInlineChange(parts: JSONContent[]): 'words' | 'format' | undefined {
  const namesOf = (type: string) =>
    parts.filter((part) => findMark(part, type)).map((part) => (part.type === 'variable' ? String(part.attrs?.name) : undefined))
  const [gone, come] = [namesOf('deletion'), namesOf('insertion')]
  const isValueChange = gone.length === come.length && gone.every((name, n) => name !== undefined && name === come[n])
  if (!isValueChange) return 'words'
  return parts.some((part) => findMark(part, 'formatChange')) ? 'format' : undefined
}
