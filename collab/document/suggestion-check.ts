/**
 * Checks the edits of commenters: they may suggest, and change nothing else. An edit only suggests if rejecting all suggestions of its
 * author gives the same text before and after it. It is applied to a copy of the document first, and only what it changed is compared.
 */
import * as Y from 'yjs'
import { createReplica } from '../../domain/documents/journal/replica.ts'
import { assertUpdateWithinLimits } from '../../domain/documents/limits/update-limits.ts'
import { copyPart, editWithinSchema } from '../../domain/documents/richtext/block-repair.ts'
import { textName } from '../../domain/documents/richtext/schema.ts'
import { isOnlyVersionRecorded, metadataName } from '../../domain/documents/richtext/schema-version.ts'
import { getBlockSuggestion } from '../../domain/documents/richtext/suggestion-blocks.ts'
import { parseSuggestions, type SuggestionParts } from '../../domain/documents/richtext/suggestion-marks.ts'
import { applyDecisions } from '../../domain/suggestions/apply.ts'

/** The copy is dropped when nobody suggested for so long. */
const keepCopyMs = 60_000

export class SuggestionCheck {
  readonly #document: Y.Doc
  /** A copy of the document; it never has content that the document lacks. */
  #copy: Y.Doc | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(document: Y.Doc) {
    this.#document = document
  }

  /**
   * Whether an update only adds, changes or withdraws suggestions of a person. Their earlier suggestions are theirs to change; what a mark
   * says about its author counts here, as in the editor.
   * @throws DomainError too-complex when it exceeds a limit
   * @throws when it is not an update
   */
  isSuggestion(update: Uint8Array, author: string): boolean {
    assertUpdateWithinLimits(this.#document, update)
    const copy = this.#openCopy()
    let changed: ReadonlySet<Y.AbstractType<unknown>> = new Set()
    copy.once('afterTransaction', (transaction: Y.Transaction) => {
      changed = new Set(transaction.changed.keys()) as Set<Y.AbstractType<unknown>>
    })
    let isAllowed = false
    try {
      Y.applyUpdate(copy, update)
      copy.store.pendingStructs = null
      copy.store.pendingDs = null
      isAllowed = this.#isSuggestedIn(copy, changed, author)
    } finally {
      if (!isAllowed) this.close()
    }
    return isAllowed
  }

  /** Drops the copy. */
  close(): void {
    clearTimeout(this.#timer)
    this.#copy?.destroy()
    this.#copy = undefined
  }

  #openCopy(): Y.Doc {
    const copy = (this.#copy ??= createReplica())
    // before the first update: the type of a root that is requested later replaces the one that changed
    copy.getXmlFragment(textName)
    copy.getMap(metadataName)
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(this.#document, Y.encodeStateVector(copy)))
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.close(), keepCopyMs).unref()
    return copy
  }

  #isSuggestedIn(copy: Y.Doc, changed: ReadonlySet<Y.AbstractType<unknown>>, author: string): boolean {
    const [text, changedText] = [this.#document.getXmlFragment(textName), copy.getXmlFragment(textName)]
    const blocks = new Set<unknown>()
    for (const type of changed) {
      // what it was in has changed, too
      if (type._item?.deleted) continue
      if (type === copy.getMap<unknown>(metadataName) && isOnlyVersionRecorded(this.#document, copy)) continue
      const block = findBlock(type, changedText)
      // another root type, such as the values of fields
      if (block === undefined) return false
      blocks.add(block)
    }
    const [before, after] = blocks.has(changedText)
      ? findChangedRange(text, changedText, blocks)
      : [findCounterparts(this.#document, blocks), [...blocks]]
    return before !== undefined && textWithout(before, author) === textWithout(after, author)
  }
}

/** The outermost block that contains a type, or the text itself; undefined where the type is not in the text. */
function findBlock(type: Y.AbstractType<unknown>, root: Y.XmlFragment): unknown {
  let block: unknown = type
  while (block instanceof Y.AbstractType && block !== root && block.parent !== root) block = block.parent
  return block instanceof Y.AbstractType ? block : undefined
}

const idOf = (type: unknown): string => {
  const { client, clock } = ((type as Y.AbstractType<unknown>)._item as Y.Item).id
  return `${client} ${clock}`
}

/** The same blocks in the document; undefined where it lacks one. */
function findCounterparts(document: Y.Doc, blocks: ReadonlySet<unknown>): unknown[] | undefined {
  const found = [...blocks].map((block) => {
    const { id } = (block as Y.AbstractType<unknown>)._item as Y.Item
    const item = Y.getState(document.store, id.client) > id.clock ? Y.getItem(document.store, id) : undefined
    return item instanceof Y.Item && item.content instanceof Y.ContentType ? item.content.type : undefined
  })
  return found.includes(undefined) ? undefined : found
}

/** The blocks between the first and last change, before and after it, with the blocks beside them. */
function findChangedRange(before: Y.XmlFragment, after: Y.XmlFragment, changed: ReadonlySet<unknown>): [unknown[], unknown[]] {
  const [old, now] = [before.toArray() as unknown[], after.toArray() as unknown[]]
  const isSame = (one: unknown, other: unknown) =>
    one !== undefined && other !== undefined && !changed.has(other) && idOf(one) === idOf(other)
  let start = 0
  while (isSame(old[start], now[start])) start++
  let end = 0
  while (end < Math.min(old.length, now.length) - start && isSame(old[old.length - 1 - end], now[now.length - 1 - end])) end++
  // a rejected block is joined with the one before it
  let first = Math.max(0, start - 1)
  while (first > 0 && old[first] instanceof Y.XmlElement && getBlockSuggestion(old[first] as Y.XmlElement)?.kind === 'insert') first--
  const rest = Math.max(0, end - 1)
  return [old.slice(first, old.length - rest), now.slice(first, now.length - rest)]
}

/** Some blocks as text that can be compared, with all suggestions rejected that name a person as their author. */
function textWithout(blocks: readonly unknown[], author: string): string {
  const scratch = new Y.Doc()
  scratch.getXmlFragment(textName).insert(
    0,
    blocks.map((block) => copyPart(block as Y.XmlElement)),
  )
  const { suggestions, parts } = parseSuggestions(scratch, () => author, new Set())
  // an id of its own shows that the mark names another author
  const own = [...suggestions.values()].filter(({ id, mark }) => id === mark)
  const decisions = own.map(({ id, mark }) => ({ mark, state: 'rejected' as const, parts: parts.get(id) as SuggestionParts }))
  editWithinSchema(scratch, () => applyDecisions(scratch, decisions))
  return JSON.stringify(toComparable(scratch.getXmlFragment(textName)))
}

/** A type with all its content, also what no editor knows: attributes and formats in one order, adjacent texts of one format as one. */
function toComparable(type: Y.XmlFragment): unknown[] {
  const parts: unknown[] = []
  let last: { text: string; formats: string } | undefined
  const add = (insert: unknown, formats: string) => {
    if (typeof insert === 'string' && last?.formats === formats) return void (last.text += insert)
    last = typeof insert === 'string' ? { text: insert, formats } : undefined
    parts.push(last ?? [insert, formats])
  }
  for (const child of type.toArray() as unknown[]) {
    if (child instanceof Y.XmlText) {
      const delta = child.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]
      for (const { insert, attributes } of delta) add(insert, sortEntries(attributes))
      continue
    }
    last = undefined
    parts.push(child instanceof Y.XmlElement ? [child.nodeName, sortEntries(child.getAttributes()), toComparable(child)] : child)
  }
  return parts
}

/** Empty attributes mean the same as absent ones. */
const sortEntries = (attributes: Record<string, unknown> = {}): string =>
  JSON.stringify(
    Object.entries(attributes)
      .filter(([, value]) => value !== null && value !== undefined)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )
