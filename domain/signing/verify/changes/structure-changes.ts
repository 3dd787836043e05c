/** Changes of the structure tree, by which screen readers read a document. It may grow by the elements of added signatures. */
import { nameOf, PdfDict, PdfRef, type PdfValue } from '../pdf/objects.ts'
import { type Comparison, type Place, placeBelow } from './comparison.ts'
import { matchInOrder } from './page-changes.ts'
import type { FormView } from './page-changes.ts'

const maxElements = 500_000
/** Indexes over the elements; they follow from them. */
const indexKeys = new Set(['K', 'ParentTree', 'ParentTreeNextKey', 'IDTree'])
const elementKeys = new Set(['K'])

/** Compares the structure trees. */
export function compareStructure(comparison: Comparison, form: FormView): void {
  const { before, after } = comparison
  const [old, present] = [before.catalog.get('StructTreeRoot'), after.catalog.get('StructTreeRoot')]
  const [oldRoot, newRoot] = [before.resolve(old), after.resolve(present)]
  const place: Place = {
    class: 'structure tree',
    path: 'Catalog/StructTreeRoot',
    number: present instanceof PdfRef ? present.number : undefined,
  }
  if (!(oldRoot instanceof PdfDict && newRoot instanceof PdfDict)) return comparison.requireEqual(old, present, place)
  if (old instanceof PdfRef && present instanceof PdfRef && old.number === present.number) comparison.governed.add(old.number)
  const roleMap = after.resolve(newRoot.get('RoleMap'))
  const hasEmptyRoleMap = !oldRoot.entries.has('RoleMap') && roleMap instanceof PdfDict && roleMap.entries.size === 0
  comparison.requireEqualDicts(oldRoot, newRoot, place, hasEmptyRoleMap ? new Set([...indexKeys, 'RoleMap']) : indexKeys)
  const growth = new StructureGrowth(comparison, form)
  growth.compare(oldRoot, newRoot, place)
  if (!growth.hasGrown)
    for (const key of ['ParentTree', 'IDTree']) comparison.requireEqual(oldRoot.get(key), newRoot.get(key), placeBelow(place, key))
}

/** Walks both trees along the children that they share. */
class StructureGrowth {
  hasGrown = false
  readonly #comparison: Comparison
  readonly #form: FormView
  readonly #queue: { old: PdfDict; present: PdfDict; place: Place }[] = []
  #count = 0

  constructor(comparison: Comparison, form: FormView) {
    this.#comparison = comparison
    this.#form = form
  }

  compare(oldRoot: PdfDict, newRoot: PdfDict, place: Place): void {
    this.#queue.push({ old: oldRoot, present: newRoot, place })
    for (let item = this.#queue.pop(); item; item = this.#queue.pop()) this.#compareChildren(item)
  }

  #compareChildren({ old, present, place }: { old: PdfDict; present: PdfDict; place: Place }): void {
    const { before, after } = this.#comparison
    const [oldKids, newKids] = [childrenOf(before.resolve(old.get('K')), old), childrenOf(after.resolve(present.get('K')), present)]
    const added = matchInOrder(oldKids, newKids)
    if (!added || ++this.#count > maxElements) return this.#comparison.report(place, 'Elements of the structure were removed or moved.')
    for (const item of added) {
      if (this.#isSignatureElement(item, 0)) this.hasGrown = true
      else this.#comparison.report(place, 'Elements were added to the structure.')
    }
    const kept = newKids.filter((item) => !added.includes(item))
    oldKids.forEach((kid, index) => this.#compareElement(kid, kept[index] ?? null, placeBelow(place, `${index}`)))
  }

  #compareElement(old: PdfValue, present: PdfValue, place: Place): void {
    const { before, after, governed } = this.#comparison
    if (!(old instanceof PdfRef) || governed.has(old.number)) return this.#comparison.requireEqual(old, present, place)
    const [oldElement, newElement] = [before.resolve(old), after.resolve(present)]
    if (!(oldElement instanceof PdfDict && newElement instanceof PdfDict)) return this.#comparison.requireEqual(old, present, place)
    governed.add(old.number)
    this.#comparison.requireEqualDicts(oldElement, newElement, { ...place, number: old.number }, elementKeys)
    this.#queue.push({ old: oldElement, present: newElement, place: { ...place, number: old.number } })
  }

  /** An element that only holds widgets of added signatures. */
  #isSignatureElement(value: PdfValue, depth: number): boolean {
    const { after } = this.#comparison
    const element = after.resolve(value)
    if (!(element instanceof PdfDict) || depth > 4) return false
    const widget = element.get('Obj')
    if (nameOf(element.get('Type')) === 'OBJR') return widget instanceof PdfRef && this.#form.isNewSignature(widget.number)
    const kids = childrenOf(after.resolve(element.get('K')), element)
    return kids.length > 0 && kids.length < 100 && kids.every((kid) => this.#isSignatureElement(kid, depth + 1))
  }
}

/** Children may stand alone or in a list. */
function childrenOf(kids: PdfValue, owner: PdfDict): PdfValue[] {
  if (Array.isArray(kids)) return kids
  return kids === null ? [] : [owner.get('K')]
}
