/** Fields (ECMA-376 17.16): instructions whose result the file keeps, such as cross references, links and page numbers. */
import { isSafeLink } from '../../../../documents/richtext/schema.ts'
import type { ReferenceKind } from '../../../../documents/richtext/list-styles.ts'
import { child, childrenOf, valueOf, type XmlElement } from '../package/xml.ts'

/** What a field means for the text. */
export type FieldMeaning =
  | { kind: 'reference'; target: string; shows: ReferenceKind }
  | { kind: 'link'; href: string }
  /** Its text stands in the instruction. */
  | { kind: 'text'; text: string }
  | { kind: 'symbol'; font: string | undefined; code: number }
  | { kind: 'checkBox' }
  | { kind: 'equation' }
  | { kind: 'number' }
  /** Its result is kept as it is. */
  | { kind: 'other'; name: string }

/** The words of an instruction; quotation marks keep words together. */
function splitInstruction(instruction: string): string[] {
  return [...instruction.matchAll(/"((?:\\.|[^"\\])*)"?|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain as string) : quoted.replace(/\\(["\\])/g, '$1'),
  )
}

/** Reads the instruction of a field. */
export function readInstruction(instruction: string): FieldMeaning {
  const [name = '', ...words] = splitInstruction(instruction)
  const target = words[0] ?? ''
  const has = (letter: string) => words.some((word) => word.toLowerCase() === `\\${letter}`)
  switch (name.toUpperCase()) {
    case 'REF':
      if (has('w')) return { kind: 'reference', target, shows: 'fullNumber' }
      if (has('r') || has('n')) return { kind: 'reference', target, shows: 'number' }
      return has('p') ? { kind: 'other', name: 'REF' } : { kind: 'reference', target, shows: 'text' }
    case 'HYPERLINK': {
      const anchor = words[words.findIndex((word) => word.toLowerCase() === '\\l') + 1]
      const href = `${target}${anchor !== undefined && has('l') ? `#${anchor}` : ''}`
      return !target.startsWith('\\') && isSafeLink(href) ? { kind: 'link', href } : { kind: 'other', name: 'HYPERLINK' }
    }
    case 'MACROBUTTON':
    case 'GOTOBUTTON':
      return { kind: 'text', text: instruction.trim().split(/\s+/).slice(2).join(' ') }
    case 'SYMBOL': {
      const code = /^0x/i.test(target) ? Number.parseInt(target, 16) : Number(target)
      const font = words[words.findIndex((word) => word.toLowerCase() === '\\f') + 1]
      return Number.isInteger(code) ? { kind: 'symbol', font: has('f') ? font : undefined, code } : { kind: 'other', name }
    }
    case 'FORMCHECKBOX':
      return { kind: 'checkBox' }
    case 'EQ':
      return { kind: 'equation' }
    case 'LISTNUM':
    case 'AUTONUM':
    case 'AUTONUMLGL':
    case 'AUTONUMOUT':
      return { kind: 'number' }
    default:
      return { kind: 'other', name: name.toUpperCase() }
  }
}

/** A field that was begun and not ended. */
export interface OpenField {
  instruction: string
  /** Whether its result follows; before that, its instruction. */
  inResult: boolean
  /** The data of a form field. */
  form: XmlElement | undefined
  /** Where its result begins: a list of inline nodes and an index in it. */
  from: { list: unknown; index: number } | undefined
}

/** The fields that are open while a text is read. They may go on over paragraphs. */
export class FieldStack {
  readonly #open: OpenField[] = []
  /** How many of them are in their instruction. */
  #instructions = 0
  /** Whether the marks of the fields of this text fit together. Where they do not, nothing is taken as an instruction. */
  readonly #balanced: boolean

  constructor(balanced: boolean) {
    this.#balanced = balanced
  }

  begin(form: XmlElement | undefined): void {
    this.#open.push({ instruction: '', inResult: false, form, from: undefined })
    this.#instructions++
  }

  addInstruction(text: string): void {
    const field = this.#open.at(-1)
    if (field && !field.inResult && field.instruction.length < 10_000) field.instruction += text
  }

  /** The result begins at a place. */
  separate(list: unknown, index: number): void {
    const field = this.#open.at(-1)
    if (!field || field.inResult) return
    this.#instructions--
    Object.assign(field, { inResult: true, from: { list, index } })
  }

  end(): OpenField | undefined {
    const field = this.#open.pop()
    if (field && !field.inResult) this.#instructions--
    return field
  }

  /** Whether text belongs to an instruction, and is not shown. */
  get hidesText(): boolean {
    return this.#balanced && this.#instructions > 0
  }
}

/** Whether each field of a text is begun, separated and ended in this order. */
export function hasBalancedFields(root: XmlElement): boolean {
  const open: boolean[] = []
  const waiting = [root]
  for (let element = waiting.pop(); element; element = waiting.pop()) {
    if (element.name === 'w:fldChar') {
      const type = element.attributes['w:fldCharType']
      if (type === 'begin') open.push(false)
      else if (open.length === 0) return false
      else if (type === 'separate') open[open.length - 1] = true
      else open.pop()
    }
    for (let at = element.children.length - 1; at >= 0; at--) waiting.push(element.children[at] as XmlElement)
  }
  return open.length === 0
}

/** Whether a check box of a form is checked. */
export function formCheckBoxState(data: XmlElement | undefined): boolean | undefined {
  const box = child(data, 'w:checkBox')
  if (!box) return undefined
  const value = child(box, 'w:checked') ?? child(box, 'w:default')
  return value !== undefined && !/^(0|false|off)$/i.test(value.attributes['w:val'] ?? '1')
}

/** The chosen entry of a drop-down list of a form. */
export function formListChoice(data: XmlElement | undefined): string | undefined {
  const list = child(data, 'w:ddList')
  if (!list) return undefined
  const chosen = Number(valueOf(list, 'w:result') ?? valueOf(list, 'w:default') ?? '0')
  return childrenOf(list, 'w:listEntry')[chosen]?.attributes['w:val']
}
