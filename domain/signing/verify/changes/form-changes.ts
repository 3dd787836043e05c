/** Changes of the form: fields that are filled in, signatures that are added, and everything else. */
import type { ModificationRights } from '../modification-rights.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { type FormField, listFields } from '../pdf/form.ts'
import { nameOf, PdfDict, PdfRef, type PdfValue } from '../pdf/objects.ts'
import { type Comparison, type Place, placeBelow } from './comparison.ts'
import { isVisible } from './appearance.ts'
import { matchInOrder } from './page-changes.ts'

/** Entries of the form that may be completed when fields are added: none of them shows anything by itself. */
const formKeys = new Set(['Fields', 'SigFlags', 'DR', 'DA', 'Q', 'NeedAppearances'])
const noDict = new PdfDict(new Map(), undefined)
/** Entries that a program sets on a field whatever it does. */
const alwaysKeys = new Set(['Ff', 'Type', 'Kids'])
/** Entries that change when a field is filled in or signed. */
/** Entries of a field that change nothing while its value and appearance stay. */
const styleKeys = new Set([...alwaysKeys, 'V', 'DA', 'Q', 'M'])
const fillingKeys = new Set([...alwaysKeys, 'V', 'AP', 'AS', 'F', 'DA', 'Q', 'I', 'RV', 'M', 'MK'])

export class FormComparison {
  readonly #comparison: Comparison
  readonly #rights: ModificationRights
  readonly #old: FormField[]
  readonly #present: FormField[]
  readonly #presentByKey: Map<string | number, FormField>
  readonly #newSignatures = new Set<number>()
  readonly #newValues = new Set<number>()

  constructor(comparison: Comparison, rights: ModificationRights) {
    this.#comparison = comparison
    this.#rights = rights
    this.#old = listFields(comparison.before)
    this.#present = listFields(comparison.after)
    this.#presentByKey = new Map(this.#present.map((field) => [keyOf(field), field]))
    const oldByKey = new Map(this.#old.map((field) => [keyOf(field), field]))
    for (const field of this.#present) {
      if (field.type !== 'Sig') continue
      const before = oldByKey.get(keyOf(field))
      const isNewlySigned = before !== undefined && !this.#isSigned(comparison.before, before) && this.#isSigned(comparison.after, field)
      if (before && !isNewlySigned) continue
      if (field.number !== undefined) this.#newSignatures.add(field.number)
      if (field.value instanceof PdfRef) this.#newValues.add(field.value.number)
    }
  }

  /** The objects that are fields or widgets in both states. */
  fieldNumbers(): number[] {
    return this.#old.flatMap(({ number }) => (number === undefined ? [] : [number]))
  }

  /** The appearance of a filled field may change, but not where its dictionary is shown elsewhere too. Called after the comparison. */
  checkSharedAppearances(): void {
    const users = new Map<number, FormField[]>()
    for (const field of this.#old) {
      const appearance = field.dict.get('AP')
      if (appearance instanceof PdfRef) users.set(appearance.number, [...(users.get(appearance.number) ?? []), field])
    }
    for (const [number, fields] of users) {
      if (fields.length === 1 && !this.#comparison.isUsedStrictly(number)) continue
      const changed = fields.find((field) => !this.#hasSameAppearance(field))
      if (!changed) continue
      const place: Place = { ...this.#placeOf(changed), class: 'shared object' }
      this.#comparison.report(place, `The appearance of the field ${changed.name}, which is also used elsewhere, was changed.`)
    }
  }

  #hasSameAppearance(field: FormField): boolean {
    const present = this.#presentByKey.get(keyOf(field))
    return present !== undefined && this.#comparison.isSameTree(field.dict.get('AP'), present.dict.get('AP'), 3)
  }

  isNewSignature(number: number): boolean {
    return this.#newSignatures.has(number)
  }

  isNewValue(number: number): boolean {
    return this.#newValues.has(number)
  }

  compare(): void {
    const { before, after } = this.#comparison
    const oldForm = formOf(before)
    const form = formOf(after)
    const value = after.catalog.get('AcroForm')
    const place: Place = { class: 'form structure', path: 'AcroForm', number: value instanceof PdfRef ? value.number : undefined }
    if (oldForm && !form) return this.#comparison.report(place, 'The form was removed.')
    if (form) this.#comparison.requireEqualDicts(oldForm ?? noDict, form, place, formKeys)
    if (form && before.read(oldForm, 'NeedAppearances') !== true && after.read(form, 'NeedAppearances') === true)
      this.#comparison.report({ ...place, class: 'form filling' }, 'Readers are asked to draw the fields anew.', this.#rights.level >= 2)
    if (!matchInOrder(before.itemsOf(oldForm?.get('Fields') ?? null), after.itemsOf(form?.get('Fields') ?? null)))
      this.#comparison.report(place, 'Form fields were removed or moved.')
    const oldKeys = new Set(this.#old.map(keyOf))
    for (const field of this.#old) this.#compareField(field, this.#presentByKey.get(keyOf(field)))
    for (const field of this.#present) if (!oldKeys.has(keyOf(field))) this.#judgeNewField(field)
  }

  #placeOf(field: FormField): Place {
    return { class: 'form structure', path: `Field ${field.name}`, number: field.number }
  }

  #compareField(old: FormField, present: FormField | undefined): void {
    const place = this.#placeOf(present ?? old)
    if (!present) return this.#comparison.report(place, `The field ${old.name} was removed.`)
    if (old.name !== present.name || old.type !== present.type) this.#comparison.report(place, `The field ${old.name} became another.`)
    this.#compareKids(old, present, place)
    if (old.type === 'Sig') this.#compareSignatureField(old, present, place)
    else this.#compareFilling(old, present, place)
  }

  /** The widgets and fields below a field must stay. Added ones are judged as new fields. */
  #compareKids(old: FormField, present: FormField, place: Place): void {
    const { before, after } = this.#comparison
    const added = matchInOrder(before.itemsOf(old.dict.get('Kids')), after.itemsOf(present.dict.get('Kids')))
    if (!added) this.#comparison.report(place, `Parts of the field ${old.name} were removed or moved.`)
  }

  #compareSignatureField(old: FormField, present: FormField, place: Place): void {
    const wasSigned = this.#isSigned(this.#comparison.before, old)
    if (wasSigned || !this.#isSigned(this.#comparison.after, present)) {
      // Acrobat sets the flags of fields that it does not otherwise touch
      return this.#comparison.requireEqualDicts(
        old.dict,
        present.dict,
        { ...place, class: wasSigned ? 'signed field' : place.class },
        alwaysKeys,
      )
    }
    this.#comparison.requireEqualDicts(old.dict, present.dict, place, fillingKeys)
    if (present.dict.get('V') !== null) this.#reportSignature(present, place, old.name)
  }

  /** A widget is signed where the field that it shows is. */
  #isSigned(document: PdfDocument, field: FormField): boolean {
    const ownerOf = (widget: FormField): PdfValue => document.read(document.dictOf(widget.dict.get('Parent')), 'V')
    return document.read(field.dict, 'V') !== null || (field.isWidget && ownerOf(field) !== null)
  }

  /** A field whose value changes may be drawn anew. One whose value stays may not show anything else. */
  #compareFilling(old: FormField, present: FormField, place: Place): void {
    if (this.#hasSameValue(old, present)) {
      return this.#comparison.requireEqualDicts(old.dict, present.dict, { ...place, class: 'field appearance' }, styleKeys)
    }
    this.#comparison.requireEqualDicts(old.dict, present.dict, place, fillingKeys)
    if (this.#rights.isLocked(old.name))
      this.#comparison.report({ ...place, class: 'locked field' }, `The locked field ${old.name} was changed.`)
    else this.#comparison.report({ ...place, class: 'form filling' }, `The field ${old.name} was filled in.`, this.#rights.level >= 2)
  }

  /** The value of a widget is that of its field. */
  #hasSameValue(old: FormField, present: FormField): boolean {
    const valueOf = (document: PdfDocument, { dict, isWidget }: FormField): PdfValue =>
      document.read(isWidget ? document.dictOf(dict.get('Parent')) : dict, 'V')
    const { before, after } = this.#comparison
    return this.#comparison.isWrittenSame(valueOf(before, old), valueOf(after, present))
  }

  #judgeNewField(field: FormField): void {
    const place = this.#placeOf(field)
    if (field.type === 'Sig') {
      if (!field.isWidget) this.#reportSignature(field, place, field.name)
    } else if (field.isWidget || !this.#isGroupOfNewSignatures(field)) {
      this.#comparison.report(place, `The field ${field.name} was added.`)
    }
  }

  /** A field without a type that only groups new signature fields. */
  #isGroupOfNewSignatures(field: FormField): boolean {
    const kids = this.#comparison.after.itemsOf(field.dict.get('Kids'))
    return field.type === undefined && kids.length > 0 && kids.every((kid) => kid instanceof PdfRef && this.#newSignatures.has(kid.number))
  }

  #reportSignature(field: FormField, place: Place, name: string): void {
    const { after } = this.#comparison
    const value = after.dictOf(field.dict.get('V'))
    const isShown = isVisible(after, field.dict)
    const isTimestamp = nameOf(after.read(value, 'Type')) === 'DocTimeStamp'
    const changed: Place = { ...place, class: isTimestamp ? 'document timestamp' : 'further signature' }
    if (isTimestamp)
      return this.#comparison.report(changed, `The document timestamp ${name} was added.`, !isShown || this.#rights.level >= 2)
    // without a signature nobody answers for what an added field shows
    if (!value && isShown)
      return this.#comparison.report({ ...place, class: 'annotations' }, `The unsigned field ${name} was drawn on a page.`)
    const text = value ? `The signature ${name} was added.` : `The empty signature field ${name} was added.`
    if (value && this.#rights.isLocked(name))
      return this.#comparison.report({ ...placeBelow(place, 'V'), class: 'locked field' }, `The locked field ${name} was signed.`)
    this.#comparison.report(changed, text, this.#rights.level >= 2)
  }
}

const keyOf = (field: FormField): string | number => field.number ?? `${field.name}${field.isWidget ? ' (widget)' : ''}`

/** The form, unless something else stands in its place. */
function formOf(document: PdfDocument): PdfDict | undefined {
  const form = document.resolve(document.catalog.get('AcroForm'))
  return form instanceof PdfDict ? form : undefined
}
