/**
 * Holds back edits while an input method composes text, in both directions.
 *
 * Showing a remote change replaces the text node that the browser composes in, and what was composed until then stays as letters. Writing
 * the unfinished letters lets others split or move them, with the same result. So what is composed is written when the composition ends;
 * remote changes that arrive meanwhile are shown before it.
 */
import type { Node } from '@tiptap/pm/model'
import { PluginKey, type Selection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { ySyncPluginKey } from '@tiptap/y-tiptap'
import { applyUpdate, Doc, encodeStateAsUpdate, type Transaction as YTransaction, UndoManager, type XmlFragment, type YEvent } from 'yjs'
import { textName } from '../../../../domain/documents/richtext/schema.ts'
import { type Mapping, readDocument } from './read-document.ts'

/** After the end of a composition the editor reads what it left in the page for 20 ms. */
const settleMs = 50
/** What is composed is written after this long without input, and remote changes are shown. */
const idleMs = 5000

/** What is replaced in the binding while remote changes are held back. */
export interface HoldableBinding {
  doc: Doc
  type: XmlFragment
  mapping: Mapping
  prosemirrorView: EditorView | null
}

/** The document from before the held changes. Positions in the view are positions in it. */
export interface HeldDocument {
  doc: Doc
  /** The shared text, which the binding uses again afterwards. */
  sharedType: XmlFragment
  /** The elements that remote changes were in. */
  changed: Set<unknown>
}

interface HoldOptions {
  binding: HoldableBinding
  /** The view's document when it was last written or shown; undefined while that happens. */
  getWrittenDoc: () => Node | undefined
  /**
   * Writes what was composed. With held changes: shows them, and writes the composed text where it belongs now.
   * @param isPlain whether the edit was made plainly and is to be made again as a suggestion
   */
  onEnd: (held: HeldDocument | undefined, isPlain: boolean) => void
}

export class CompositionHold {
  readonly #options: HoldOptions
  #held: HeldDocument | undefined
  #hasUnwritten = false
  #isPlain = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: HoldOptions) {
    this.#options = options
  }

  /** Whether remote changes are held back. */
  get isHolding(): boolean {
    return this.#held !== undefined
  }

  /** Begins to hold back changes of others, if the view is composing. Call it before each transaction of the document. */
  readonly beforeTransaction = ({ origin }: YTransaction): void => {
    const { binding, getWrittenDoc } = this.#options
    const view = binding.prosemirrorView
    if (this.#held || !view?.composing || !getWrittenDoc() || origin === ySyncPluginKey || origin instanceof UndoManager) return
    const doc = new Doc()
    applyUpdate(doc, encodeStateAsUpdate(binding.doc))
    const type = doc.getXmlFragment(textName)
    const mapping: Mapping = new Map()
    readDocument(type, view.state.schema, mapping)
    this.#held = { doc, sharedType: binding.type, changed: new Set() }
    this.#useType(type, mapping)
    this.#endAfter(idleMs)
  }

  /** Remembers where a held change was made. */
  addEvents(events: YEvent<never>[]): void {
    for (const { target } of events) this.#held?.changed.add(target)
  }

  /** Whether an edit of the view waits for the end of the composition. */
  keepsUnwritten(): boolean {
    if (!this.#held && !this.#options.binding.prosemirrorView?.composing) return false
    this.#hasUnwritten = true
    this.#endAfter(idleMs)
    return true
  }

  /**
   * Whether an edit in suggestion mode is shown plainly until the composition ends: marks would break the composition. Then all of it becomes
   * one suggestion.
   */
  keepsPlain(): boolean {
    const isComposing = this.#hasUnwritten || this.#options.binding.prosemirrorView?.composing === true
    this.#isPlain ||= isComposing
    return isComposing
  }

  /** Call it at the end of each composition. */
  readonly onCompositionEnd = (): void => {
    if (this.#held || this.#hasUnwritten) this.#endAfter(settleMs)
  }

  /** The selection in the written document: while composed text is not written, the place where it begins. */
  toWrittenSelection(selection: Selection, doc: Node): Pick<Selection, 'anchor' | 'head'> {
    const start = this.#hasUnwritten ? (this.#options.getWrittenDoc()?.content.findDiffStart(doc.content) ?? null) : null
    return start === null ? selection : { anchor: start, head: start }
  }

  /** Writes and shows everything that was held back. */
  end(): void {
    clearTimeout(this.#timer)
    const held = this.#held
    if (!held && !this.#hasUnwritten) return
    const isPlain = this.#isPlain
    this.#hasUnwritten = false
    this.#isPlain = false
    this.#options.onEnd(held, isPlain)
    held?.doc.destroy()
  }

  /** Makes the binding use the shared document again. Call it in `onEnd`, when no position in the held document is needed any more. */
  release(): void {
    const held = this.#held
    this.#held = undefined
    if (held) this.#useType(held.sharedType, new Map())
  }

  /** Ends without writing or showing anything. */
  discard(): void {
    clearTimeout(this.#timer)
    this.#hasUnwritten = false
    this.#isPlain = false
    this.release()
  }

  #endAfter(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#endOrWait(ms), ms)
  }

  #endOrWait(ms: number): void {
    const view = this.#options.binding.prosemirrorView
    // Another composition has begun.
    if (view?.composing && ms === settleMs) return this.#endAfter(idleMs)
    const hadFocus = view?.composing && (this.#held || this.#isPlain) && view.hasFocus()
    // Without the focus the browser completes the composition with what was composed.
    if (hadFocus) view.dom.blur()
    this.end()
    if (hadFocus) view.focus()
  }

  /** The binding, and the plugins that count positions, use this text. */
  #useType(type: XmlFragment, mapping: Mapping): void {
    const { binding } = this.#options
    Object.assign(binding, { type, mapping })
    const view = binding.prosemirrorView
    const syncState = view && (ySyncPluginKey.getState(view.state) as { type: XmlFragment } | undefined)
    if (syncState) syncState.type = type
  }
}

/** Finds the hold of an editor by its state. */
export const compositionKey = new PluginKey<CompositionHold>('compositionHold')
