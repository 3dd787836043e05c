/** What becomes of a field where it ends: a cross reference, a link, or its result as it is. */
import type { JSONContent } from '@tiptap/core'
import { inlineText } from '../blocks.ts'
import type { ReaderContext } from '../context.ts'
import { type FieldMeaning, formCheckBoxState, formListChoice, type OpenField, readInstruction } from './fields.ts'
import { type InlineWriter, withoutUnderline } from './inline-writer.ts'
import { isMarker } from '../markers.ts'
import { checkBox, symbolToText } from '../definitions/symbols.ts'

/** Ends the innermost field. */
export function endField({ fields }: ReaderContext, writer: InlineWriter): void {
  const field = fields.end()
  if (!field) return
  const { list } = writer
  const from = field.from?.list === list ? Math.min(field.from.index, list.length) : list.length
  const result = list.slice(from)
  const text = inlineText(result)
  const meaning = readInstruction(field.instruction)
  if (meaning.kind === 'reference' && text !== '' && meaning.target !== '') {
    const marks = result.find((node) => !isMarker(node))?.marks
    const attrs = { target: meaning.target, kind: meaning.shows, text }
    list.splice(from, list.length - from, { type: 'crossReference', attrs, ...(marks && { marks }) }, ...result.filter(isMarker))
  } else if (meaning.kind === 'link') addLink(result, meaning.href)
  else if (!fields.hidesText && (text === '' || meaning.kind === 'checkBox')) writeWithoutResult(meaning, field, writer)
}

function addLink(result: JSONContent[], href: string): void {
  for (const node of result) {
    if (!isMarker(node)) node.marks = [...withoutUnderline(node.marks ?? []), { type: 'link', attrs: { href } }]
  }
}

/** Writes a field whose text Word computes. */
function writeWithoutResult(meaning: FieldMeaning, { form }: OpenField, writer: InlineWriter): void {
  switch (meaning.kind) {
    case 'checkBox':
      return writer.addText(checkBox(formCheckBoxState(form) ?? false))
    case 'text':
      return writer.addText(meaning.text)
    case 'symbol':
      return writer.addSymbol(meaning.font, symbolToText(meaning.font, meaning.code))
    case 'equation':
      writer.losses.push('Equation left out')
      return
    case 'number':
      writer.losses.push('Automatic number left out')
      return
    default:
      writer.addText(formListChoice(form) ?? '')
  }
}
