/**
 * Computations on stored documents: a revision's state, authorship, redlines, suggestions, restorations. For a large document they run in a
 * worker process, for others in this one, by the same functions.
 */
import { createHash } from 'node:crypto'
import { createEncoder, toUint8Array, writeVarUint8Array } from 'lib0/encoding'
import { createDecoder, hasContent, readVarUint8Array } from 'lib0/decoding'
import type { JSONContent } from '@tiptap/core'
import * as Y from 'yjs'
import { authorIdOf } from '../../kernel/actor.ts'
import type { ResolveNames } from '../../kernel/worker/worker-message.ts'
import { buildAttribution, type AttributionPiece, createFindAuthor } from '../../documents/journal/attribution.ts'
import type { AttributedRanges } from '../../documents/journal/clock-ranges.ts'
import { readContent } from '../../documents/richtext/to-json.ts'
import { toCanonicalText } from '../canonical-text.ts'
import { readTextFacts, type TextFacts } from '../text-facts.ts'
import type { ChangeRanges } from '../redline/change-attribution.ts'
import { serverAuthor } from '../redline/server-author.ts'
import { compareRevisions, type DocumentChanges, readRevisionContent, type RevisionContent } from '../redline/document-changes.ts'
import type { DocumentPart } from '../document-parts.ts'
import { reconcileDocument } from '../reconcile.ts'
import type { Author } from '../revision.ts'
import type { StatePiece } from '../../documents/journal/past-reader.ts'
import { buildRevisionPair, buildFromPieces, type RevisionPair } from '../state-at.ts'
import { type TextBlock, readBlocks } from '../text-blocks.ts'
import { textName } from '../../documents/richtext/schema.ts'
import { redlineToHtml, type RedlineBlock, createRedline } from '../redline.ts'
import { createReplica } from '../../documents/journal/replica.ts'
import type { SuggestionParts, ParsedSuggestion } from '../../documents/richtext/suggestion-marks.ts'
import { type ListStyle, readListStyles } from '../../documents/richtext/list-styles.ts'
import { readValues } from '../../documents/richtext/variables.ts'

/** A text at a revision. */
export interface PastState {
  /** The row after which it was so. */
  at: number
  /** When that row was written; null before the first. */
  time: Date | null
  /** ProseMirror JSON. */
  content: JSONContent
  /** The values of its variables at that revision, by name. */
  variables: Record<string, string>
  /** Its list styles, by id. */
  listStyles: Record<string, ListStyle>
}

/** Who wrote the text: characters of each author, and the runs in text order. */
export interface Authorship {
  at: number
  people: (Author & { signs: number })[]
  runs: { userId: string | null; text: string }[]
}

/** A redline with its authors. */
export interface Redline {
  from: number
  to: number
  /** Authors of inserted and deleted words, in text order. */
  authors: Author[]
  blocks: RedlineBlock[]
  html: string
  /** The later text as ProseMirror JSON, numbered and with the values of its fields (`value`); insertions and deletions are marked. */
  content: JSONContent
  changes: DocumentChanges
}

/** What differs between two revisions. */
export interface RevisionChanges {
  from: number
  to: number
  changes: DocumentChanges
}

async function computeState({ past, time }: { past: StatePiece[]; time: Date | null }): Promise<PastState> {
  const { document, at } = await buildFromPieces(past)
  return {
    at,
    time,
    content: await readContent(document),
    variables: Object.fromEntries(readValues(document)),
    listStyles: Object.fromEntries(readListStyles(document)),
  }
}

async function computeCanonicalText({ past, title }: { past: StatePiece[]; title: string }): Promise<{ at: number; text: string }> {
  const { document, at } = await buildFromPieces(past)
  return { at, text: await toCanonicalText(document, title) }
}

/** The content hash of a text, and what prevents it from being sent. */
async function computeContentHash({
  past,
  title,
}: {
  past: StatePiece[]
  title: string
}): Promise<{ at: number; hash: string } & TextFacts> {
  const { document, at } = await buildFromPieces(past)
  const hash = createHash('sha256').update(await toCanonicalText(document, title))
  return { at, hash: hash.digest('hex'), ...(await readTextFacts(document)) }
}

async function computeAuthorship(
  { past, wrote }: { past: StatePiece[]; wrote: AttributionPiece[] },
  names: ResolveNames,
): Promise<Authorship> {
  const { document, at } = await buildFromPieces(past)
  const runs: Authorship['runs'] = []
  const signs = new Map<string | null, number>()
  const add = (userId: string | null, text: string) => {
    const last = runs.at(-1)
    if (last?.userId === userId) last.text += text
    else runs.push({ userId, text })
  }
  for (const [place, block] of readBlocks(document.getXmlFragment(textName), await buildAttribution(wrote)).entries()) {
    if (place > 0) add(block.runs[0]?.userId ?? runs.at(-1)?.userId ?? null, '\n')
    let start = 0
    for (const { length, userId } of block.runs) {
      add(userId, block.text.slice(start, (start += length)))
      signs.set(userId, (signs.get(userId) ?? 0) + length)
    }
  }
  const nameOf = await createNameLookup(names, signs.keys())
  const people = [...signs].map(([userId, count]) => ({ userId, name: nameOf(userId), signs: count }))
  return { at, people: people.sort((one, other) => other.signs - one.signs), runs }
}

async function computeRedline(
  { moments, wrote }: { moments: RevisionPair; wrote: AttributionPiece[] },
  names: ResolveNames,
): Promise<Redline> {
  const ranges = await buildAttribution(wrote)
  const { from, to, states, blocks } = await readBothRevisions(moments, ranges)
  const { content, changes } = compareRevisions(states[0], states[1])
  const changed = blocks.flatMap(({ words }) => words.filter(({ change }) => change !== 'same'))
  const ids = [...new Set(changed.map(({ userId }) => userId))]
  const nameOf = await createNameLookup(names, ids)
  const authors = ids.map((userId) => ({ userId, name: nameOf(userId) }))
  return { from, to, authors, blocks, html: redlineToHtml(blocks, nameOf), content, changes }
}

/** Reads two revisions for comparing. */
async function readBothRevisions(moments: RevisionPair, ranges: AttributedRanges) {
  const authors = toChangeRanges(ranges)
  const [texts, reading]: [TextBlock[][], Promise<RevisionContent>[]] = [[], []]
  const [from, to] = await buildRevisionPair(moments, (document) => {
    texts.push(readBlocks(document.getXmlFragment(textName), ranges))
    const reader = readRevisionContent(document, authors)
    reading.push(reader)
    return reader
  })
  const [before = [], after = []] = texts
  return { from, to, states: (await Promise.all(reading)) as [RevisionContent, RevisionContent], blocks: createRedline(before, after) }
}

/** Who wrote a character is known, but not when. */
const unknownTime = '1970-01-01T00:00:00.000Z'

const toChangeRanges = (ranges: AttributedRanges): ChangeRanges =>
  new Map(
    [...ranges].map(([client, known]) => [
      client,
      known.map(({ clock, end, actor }) => ({ clock, end, by: { author: authorIdOf(actor) ?? serverAuthor, at: unknownTime } })),
    ]),
  )

/** What changes between two revisions. `isReversed`: from the later one to the earlier one, as restoring does. */
async function computeChanges({ moments, isReversed }: { moments: RevisionPair; isReversed: boolean }): Promise<RevisionChanges> {
  const states: RevisionContent[] = []
  const [from, to] = await buildRevisionPair(moments, async (document) => void states.push(await readRevisionContent(document)))
  const [before, after] = states as [RevisionContent, RevisionContent]
  if (isReversed) return { from: to, to: from, changes: compareRevisions(after, before).changes }
  return { from, to, changes: compareRevisions(before, after).changes }
}

/** The redline of two revisions, with authors. */
export async function computeRedlineBlocks(
  moments: RevisionPair,
  wrote: AttributionPiece[],
): Promise<Pick<Redline, 'from' | 'to' | 'blocks'>> {
  const stretches = await buildAttribution(wrote)
  const texts: TextBlock[][] = []
  const [from, to] = await buildRevisionPair(
    moments,
    (document) => void texts.push(readBlocks(document.getXmlFragment(textName), stretches)),
  )
  const [before = [], after = []] = texts
  return { from, to, blocks: createRedline(before, after) }
}

async function createNameLookup(names: ResolveNames, ids: Iterable<string | null>): Promise<(userId: string | null) => string | null> {
  const called = await names([...ids].filter((id) => id !== null))
  return (userId) => (userId === null ? null : (called[userId] ?? null))
}

/** Suggestions in a text, in order, with their Yjs ids. */
export interface SuggestionsWithParts {
  suggestions: ParsedSuggestion[]
  parts: [id: string, parts: SuggestionParts][]
}

async function computeSuggestions({
  newest,
  wrote,
  settled,
}: {
  newest: StatePiece[]
  wrote: AttributionPiece[]
  settled: string[]
}): Promise<SuggestionsWithParts> {
  const { parseSuggestions } = await import('../../documents/richtext/suggestion-marks.ts')
  const { document } = await buildFromPieces(newest)
  const { suggestions, parts } = parseSuggestions(document, createFindAuthor(await buildAttribution(wrote)), new Set(settled))
  return { suggestions: [...suggestions.values()], parts: [...parts] }
}

/** From this many items on, a restoration takes several transactions. */
const largeDocumentItems = 20_000
/** Items changed in one transaction: in a document of 180,000 items, applying it takes up to 50 ms. */
const maxItemsPerTransaction = 200

interface RestorationInput {
  newest: StatePiece[]
  past: StatePiece[]
  /** Absent: all parts. */
  parts?: readonly DocumentPart[] | undefined
}

/**
 * Computes updates that restore a revision, one after the other (see `decodeRestoration`). A state vector comes first, which they require.
 */
async function computeRestoration({ newest, past, parts }: RestorationInput): Promise<Uint8Array> {
  // without `gc`, deleted items are freed with the whole document: one by one takes as long as everything else
  const { document } = await buildFromPieces(newest, createReplica({ gc: false }))
  const then = await buildFromPieces(past)
  const encoder = createEncoder()
  writeVarUint8Array(encoder, Y.encodeStateVector(document))
  document.on('update', (update: Uint8Array) => writeVarUint8Array(encoder, update))
  let items = 0
  for (const structs of document.store.clients.values()) items += structs.length
  reconcileDocument(document, then.document, {
    parts,
    maxItemsPerTransaction: items < largeDocumentItems ? undefined : maxItemsPerTransaction,
  })
  return toUint8Array(encoder)
}

/** Decodes a restoration. */
export function decodeRestoration(restoration: Uint8Array): { ground: Uint8Array; updates: Uint8Array[] } {
  const decoder = createDecoder(restoration)
  const ground = readVarUint8Array(decoder)
  const updates: Uint8Array[] = []
  while (hasContent(decoder)) updates.push(readVarUint8Array(decoder))
  return { ground, updates }
}

export const computations = {
  state: computeState,
  canonicalText: computeCanonicalText,
  contentHash: computeContentHash,
  authorship: computeAuthorship,
  redline: computeRedline,
  changes: computeChanges,
  suggested: computeSuggestions,
  restoration: computeRestoration,
}

export type Kind = keyof typeof computations
export type Input<K extends Kind> = Parameters<(typeof computations)[K]>[0]
export type Output<K extends Kind> = Awaited<ReturnType<(typeof computations)[K]>>
