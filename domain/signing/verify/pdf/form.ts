/** The interactive form of a document: its fields, found by walking the form and never by searching the file. */
import type { PdfDocument } from './document.ts'
import { nameOf, PdfDict, PdfError, PdfRef, type PdfValue, textOf } from './objects.ts'

const maxFields = 50_000
const maxDepth = 60

/** A field, or a widget of one. */
export interface FormField {
  /** The qualified name. */
  name: string
  /** The object number; undefined where the field is written inside its parent. */
  number: number | undefined
  dict: PdfDict
  /** `Sig`, `Tx`, `Btn` or `Ch`; may come from its parent. */
  type: string | undefined
  /** Whether it only shows its parent: it has no name of its own. */
  isWidget: boolean
  value: PdfValue
}

/** Lists all fields and widgets in the order of the form. @throws PdfError for a form that is a circle or too large */
export function listFields(document: PdfDocument): FormField[] {
  const form = document.resolve(document.catalog.get('AcroForm'))
  const fields: FormField[] = []
  const visited = new Set<number>()
  const visit = (value: PdfValue, parent: FormField | undefined, depth: number): void => {
    if (depth > maxDepth || fields.length > maxFields) throw new PdfError('The form has too many fields.')
    const number = value instanceof PdfRef ? value.number : undefined
    if (number !== undefined) {
      if (visited.has(number)) return
      visited.add(number)
    }
    const dict = document.resolve(value)
    if (!(dict instanceof PdfDict)) return
    const field = readField(document, dict, number, parent)
    fields.push(field)
    for (const kid of document.itemsOf(dict.get('Kids'))) visit(kid, field, depth + 1)
  }
  for (const value of document.itemsOf(form instanceof PdfDict ? form.get('Fields') : null)) visit(value, undefined, 0)
  return fields
}

function readField(document: PdfDocument, dict: PdfDict, number: number | undefined, parent: FormField | undefined): FormField {
  const partialName = textOf(document.read(dict, 'T'))
  const isWidget = partialName === undefined && parent !== undefined
  return {
    name: isWidget ? parent.name : [parent?.name, partialName].filter((part) => part !== undefined).join('.'),
    number,
    dict,
    type: nameOf(document.read(dict, 'FT')) ?? parent?.type,
    isWidget,
    value: dict.get('V'),
  }
}

/** A signature field with a value. */
export interface SignedField {
  name: string
  field: FormField
  /** The signature dictionary. */
  dict: PdfDict
}

/** The signature fields that have a value. */
export function listSignedFields(document: PdfDocument): SignedField[] {
  return listFields(document).flatMap((field) => {
    if (field.type !== 'Sig') return []
    const dict = document.dictOf(field.value)
    return dict ? [{ name: field.name, field, dict }] : []
  })
}
