/** Writes the inline nodes of a paragraph with the marks of their run, links and tracked changes. */
import type { JSONContent } from '@tiptap/core'
import { replaceForbidden } from '../../../../documents/richtext/schema.ts'
import type { OpenChange } from '../changes.ts'
import type { ReaderContext } from '../context.ts'
import { isMarker, withoutReserved } from '../markers.ts'

export type Marks = JSONContent['marks'] & object

/** The format of the run that is read. */
export interface CurrentRun {
  marks: Marks
  hidden: boolean
  font: string | undefined
}

/** Links are shown underlined without the mark. */
export const withoutUnderline = (marks: Marks): Marks => marks.filter(({ type }) => type !== 'underline')

/** The content of a paragraph while it is read. */
export class InlineWriter {
  /** The content, split at page breaks. */
  readonly pieces: JSONContent[][] = [[]]
  /** What could not be kept. */
  readonly losses: string[] = []
  readonly changes: OpenChange[] = []
  readonly links: string[] = []
  run: CurrentRun = { marks: [], hidden: false, font: undefined }
  /** Characters until now. */
  length = 0
  /** Whether it has hidden text. */
  hasHidden = false
  readonly #context: ReaderContext
  #inHidden = false

  constructor(context: ReaderContext) {
    this.#context = context
  }

  /** The nodes since the last page break. */
  get list(): JSONContent[] {
    return this.pieces.at(-1) as JSONContent[]
  }

  /** Whether the run is hidden, or belongs to the instruction of a field. Counts each hidden place once. */
  get isHidden(): boolean {
    if (this.#context.fields.hidesText) return true
    if (this.run.hidden && !this.#inHidden) this.#context.counts.hiddenPlaces++
    this.#inHidden = this.run.hidden
    this.hasHidden ||= this.run.hidden
    return this.run.hidden
  }

  addText(text: string): void {
    if (text !== '' && !this.isHidden) this.#add({ type: 'text', text: replaceForbidden(withoutReserved(text)) })
  }

  addRaised(text: string): void {
    const before = this.run
    const marks = before.marks.filter(({ type }) => type !== 'superscript' && type !== 'subscript')
    this.run = { ...before, marks: [...marks, { type: 'superscript' }] }
    this.addText(text)
    this.run = before
  }

  addBreak(isPage: boolean): void {
    if (this.isHidden) return
    if (isPage) this.pieces.push([])
    else this.#add({ type: 'hardBreak' })
  }

  addSymbol(font: string | undefined, text: string | undefined): void {
    if (text === undefined) this.losses.push(`Symbol of the font “${(font ?? '').slice(0, 60)}” left out`)
    this.addText(text ?? '\ufffd')
  }

  /** Puts a marker before the last word. */
  markLastWord(start: JSONContent): void {
    const { list } = this
    const at = list.findLastIndex((node) => !isMarker(node) && /\S/.test(node.text ?? ''))
    const last = list[at]
    const from = last?.text === undefined ? -1 : last.text.search(/\S+\s*$/)
    if (!last?.text || from < 0) list.push(start)
    else {
      const before = from > 0 ? [{ ...last, text: last.text.slice(0, from) }] : []
      list.splice(at, 1, ...before, start, { ...last, text: last.text.slice(from) })
    }
  }

  #add(node: JSONContent): void {
    const href = this.links.at(-1)
    const own = href === undefined ? this.run.marks : [...withoutUnderline(this.run.marks), { type: 'link', attrs: { href } }]
    // of two changes of one kind, the outer one
    const changes = (['insertion', 'deletion'] as const).flatMap((kind) => {
      const change = this.changes.find((one) => one.kind === kind)
      return change ? [{ type: kind, attrs: change.attributes }] : []
    })
    const marks = [...own, ...changes]
    this.#context.changes.keepOnly(marks.flatMap(({ attrs }) => (attrs && 'id' in attrs ? [String(attrs.id)] : [])))
    this.list.push({ ...node, ...(marks.length > 0 && { marks }) })
    this.length += node.text?.length ?? 1
  }
}
