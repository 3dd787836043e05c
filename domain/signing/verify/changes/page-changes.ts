/** Changes of the pages: their order, their content and their annotations. */
import type { PdfDocument } from '../pdf/document.ts'
import { nameOf, PdfDict, PdfError, PdfRef, type PdfValue } from '../pdf/objects.ts'
import { type Comparison, type Place, placeBelow } from './comparison.ts'

const maxPages = 100_000
/** `ITXT` is a mark of a program. */
const nodeKeys = new Set(['Kids', 'ITXT'])
const pageKeys = new Set(['Annots'])

/** What the page rules ask about the form. */
export interface FormView {
  /** Whether an annotation of the present state shows a signature that was added since. */
  isNewSignature: (number: number) => boolean
  /** Whether an object of the present state is the value of a signature that was added since. */
  isNewValue: (number: number) => boolean
}

/** The object numbers of the page tree. A tree that contains itself is walked once. */
export function listPages(document: PdfDocument): number[] {
  const numbers = new Set<number>()
  const queue: PdfValue[] = [document.catalog.get('Pages')]
  for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
    if (value instanceof PdfRef) {
      if (numbers.has(value.number)) continue
      numbers.add(value.number)
      if (numbers.size > maxPages) throw new PdfError('The document has too many pages.')
    }
    const node = document.resolve(value)
    if (node instanceof PdfDict) queue.push(...document.itemsOf(node.get('Kids')))
  }
  return [...numbers]
}

/** Compares the page trees. Pages may not be added, removed or moved, and their content may not change. */
export function comparePages(comparison: Comparison, form: FormView): void {
  const { before, after } = comparison
  const visited = new Set<number>()
  const queue: { old: PdfValue; present: PdfValue; place: Place }[] = [
    { old: before.catalog.get('Pages'), present: after.catalog.get('Pages'), place: { class: 'pages', path: 'Pages', number: undefined } },
  ]
  for (let item = queue.pop(); item; item = queue.pop()) {
    const { old, present } = item
    if (old instanceof PdfRef) {
      if (visited.has(old.number)) continue
      visited.add(old.number)
    }
    const place = { ...item.place, number: present instanceof PdfRef ? present.number : item.place.number }
    const [oldNode, newNode] = [before.resolve(old), after.resolve(present)]
    if (!(oldNode instanceof PdfDict && newNode instanceof PdfDict)) {
      comparison.requireEqual(oldNode, newNode, place)
      continue
    }
    const [oldKids, newKids] = [before.itemsOf(oldNode.get('Kids')), after.itemsOf(newNode.get('Kids'))]
    if (nameOf(before.read(oldNode, 'Type')) === 'Page' || !oldNode.entries.has('Kids')) {
      comparePage(comparison, form, { old: oldNode, present: newNode }, place)
      continue
    }
    comparison.requireEqualDicts(oldNode, newNode, place, nodeKeys)
    const isSameOrder = oldKids.every((kid, index) => isSameNumber(kid, newKids[index] ?? null))
    if (newKids.length > oldKids.length) comparison.report(place, 'Pages were added.')
    else if (newKids.length < oldKids.length) comparison.report(place, 'Pages were removed.')
    else if (!isSameOrder) comparison.report(place, 'Pages were replaced or moved.')
    else
      oldKids.forEach((kid, index) => queue.push({ old: kid, present: newKids[index] ?? null, place: placeBelow(place, `${index + 1}`) }))
  }
}

const isSameNumber = (left: PdfValue, right: PdfValue): boolean =>
  left instanceof PdfRef ? right instanceof PdfRef && left.number === right.number : !(right instanceof PdfRef)

function comparePage(comparison: Comparison, form: FormView, { old, present }: { old: PdfDict; present: PdfDict }, place: Place): void {
  const annotations: Place = { ...placeBelow(place, 'Annots'), class: 'annotations' }
  const oldItems = comparison.before.itemsOf(old.get('Annots'))
  const newItems = comparison.after.itemsOf(present.get('Annots'))
  const added = matchInOrder(oldItems, newItems)
  if (!added) {
    comparison.requireEqualDicts(old, present, { ...place, class: 'page content' }, pageKeys)
    return comparison.report(annotations, `${annotations.path}: annotations were removed or moved.`)
  }
  for (const item of added) {
    const number = item instanceof PdfRef ? item.number : undefined
    if (number === undefined || !form.isNewSignature(number))
      comparison.report({ ...annotations, number }, `${annotations.path}: an annotation was added.`)
  }
  // the order in which annotations are visited, and their place in the structure, come with the first annotation
  const isFirst = added.length > 0
  const freeKeys = new Set([...pageKeys, ...(isFirst ? ['Tabs', 'StructParents'].filter((key) => !old.entries.has(key)) : [])])
  comparison.requireEqualDicts(old, present, { ...place, class: 'page content' }, freeKeys)
  const kept = newItems.filter((item) => !added.includes(item))
  oldItems.forEach((item, index) => comparison.requireEqual(item, kept[index] ?? null, placeBelow(annotations, `${index}`)))
}

/** The items that were added to a list. @returns undefined where an old item is missing or stands in another order */
export function matchInOrder(oldItems: PdfValue[], newItems: PdfValue[]): PdfValue[] | undefined {
  const added: PdfValue[] = []
  let matched = 0
  for (const item of newItems) {
    const next = oldItems[matched]
    if (next !== undefined && isSameNumber(next, item)) matched++
    else added.push(item)
  }
  return matched === oldItems.length ? added : undefined
}
