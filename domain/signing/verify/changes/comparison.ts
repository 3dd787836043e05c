/**
 * Compares two states of a document, object by object, along every path of the earlier one.
 *
 * A rule says for a place what may change there. Everything else must be equal. An object that is used in two places is compared
 * in both, so that what is allowed to change in one place cannot be shown in another.
 */
import type { PdfDocument } from '../pdf/document.ts'
import { PdfDict, PdfError, PdfName, PdfRef, PdfStream, PdfString, type PdfValue } from '../pdf/objects.ts'
import type { ChangeClass, LaterChange } from '../verdict.ts'

/** Changes that are listed. A document that was replaced has thousands. */
const maxChanges = 100
const maxPathLength = 160

/** A place in the document: what a difference there is called, and the path to it. */
export interface Place {
  class: ChangeClass
  path: string
  /** The object in which the place lies. */
  number: number | undefined
  /** Whether it is part of what a page draws. Nothing there has a rule of its own. */
  isDrawn?: boolean
}

interface Task {
  before: PdfValue
  after: PdfValue
  place: Place
}

const drawnKeys = new Set(['Resources', 'Contents', 'AP'])

export const placeBelow = (place: Place, key: string): Place => ({
  ...place,
  path: `${place.path}/${key}`.slice(0, maxPathLength),
  isDrawn: place.isDrawn || drawnKeys.has(key),
})

export class Comparison {
  readonly before: PdfDocument
  readonly after: PdfDocument
  readonly changes: LaterChange[] = []
  /** Objects with a rule of their own: the strict comparison of what refers to them does not enter them, unless a page draws them. */
  readonly governed = new Set<number>()
  /** Whether a change of this class is allowed, where it is found by the strict comparison. */
  readonly #isAllowed: (changeClass: ChangeClass) => boolean
  readonly #visited = new Set<string>()
  /** The objects of the earlier state that the strict comparison has entered. */
  readonly #entered = new Set<number>()
  readonly #reported = new Set<string>()
  readonly #tasks: Task[] = []

  constructor(before: PdfDocument, after: PdfDocument, isAllowed: (changeClass: ChangeClass) => boolean) {
    this.before = before
    this.after = after
    this.#isAllowed = isAllowed
  }

  /** Records a change. */
  report({ class: changeClass, path, number }: Place, description: string, isAllowed = this.#isAllowed(changeClass)): void {
    const key = `${changeClass} ${description}`
    if (this.changes.length >= maxChanges || this.#reported.has(key)) {
      // a forbidden change is never lost among many allowed ones
      const last = this.changes.at(-1)
      if (!isAllowed && last && this.changes.every((change) => change.isAllowed)) this.changes.pop()
      else return
    }
    this.#reported.add(key)
    const revision = number === undefined ? undefined : this.after.revisionOf(number)
    this.changes.push({ class: changeClass, description: description || `${path} differs`, revision: revision ?? null, isAllowed })
  }

  /** Requires that two values are equal, with everything that they refer to. */
  requireEqual(before: PdfValue, after: PdfValue, place: Place): void {
    this.#tasks.push({ before, after, place })
  }

  /** Requires that two dictionaries are equal except for some keys. */
  requireEqualDicts(before: PdfDict, after: PdfDict, place: Place, exceptKeys: ReadonlySet<string>): void {
    for (const key of new Set([...before.entries.keys(), ...after.entries.keys()])) {
      if (!exceptKeys.has(key)) this.requireEqual(before.get(key), after.get(key), placeBelow(place, key))
    }
  }

  /** Whether two values are written in the same way, without following references. */
  isWrittenSame(before: PdfValue, after: PdfValue): boolean {
    this.before.file.spend()
    if (before === after) return true
    if (before instanceof PdfRef) {
      return (
        after instanceof PdfRef &&
        before.number === after.number &&
        this.before.locationOf(before.number) === this.after.locationOf(after.number)
      )
    }
    if (Array.isArray(before)) {
      return (
        Array.isArray(after) &&
        before.length === after.length &&
        before.every((item, index) => this.isWrittenSame(item, after[index] ?? null))
      )
    }
    if (before instanceof PdfDict) {
      if (!(after instanceof PdfDict) || before.entries.size !== after.entries.size) return false
      return [...before.entries].every(([key, value]) => this.isWrittenSame(value, after.get(key)))
    }
    return isSameScalar(before, after)
  }

  /** Whether two values and what they refer to stand at the same places in the file, down to a depth. */
  isSameTree(before: PdfValue, after: PdfValue, depth: number): boolean {
    if (!this.isWrittenSame(before, after)) return false
    if (depth === 0) return true
    const [old, present] = [this.before.resolve(before), this.after.resolve(after)]
    const [oldItems, newItems] = [itemsOf(old), itemsOf(present)]
    return oldItems.length === newItems.length && oldItems.every((item, index) => this.isSameTree(item, newItems[index] ?? null, depth - 1))
  }

  /** Whether an object of the earlier state was reached where nothing may change. Known after `run`. */
  isUsedStrictly(number: number): boolean {
    return this.#entered.has(number)
  }

  /** Works off what was required. */
  run(): void {
    for (let task = this.#tasks.pop(); task; task = this.#tasks.pop()) {
      this.before.file.spend()
      if (this.changes.length >= maxChanges && this.changes.some(({ isAllowed }) => !isAllowed)) return
      this.#compare(task)
    }
  }

  #compare({ before, after, place }: Task): void {
    if (!(before instanceof PdfRef || after instanceof PdfRef)) return this.#compareResolved(before, after, place)
    const [oldNumber, newNumber] = [numberOf(before), numberOf(after)]
    const isGoverned = (number: number | undefined) => number !== undefined && !place.isDrawn && this.governed.has(number)
    if (isGoverned(oldNumber) || isGoverned(newNumber)) {
      if (oldNumber !== newNumber) this.#differ(place)
      return
    }
    // what is found depends on the place: an object may be allowed to change in one and not in another
    const kind = `${place.isDrawn ?? false} ${place.class === 'trailer'} ${this.#isAllowed(place.class)}`
    const pair = `${oldNumber ?? place.path}-${newNumber ?? place.path} ${kind}`
    if (this.#visited.has(pair)) return
    this.#visited.add(pair)
    if (oldNumber !== undefined) this.#entered.add(oldNumber)
    const inside: Place = { ...place, number: newNumber ?? place.number }
    let values: [PdfValue, PdfValue]
    try {
      values = [this.before.resolve(before), this.after.resolve(after)]
    } catch (error) {
      if (!(error instanceof PdfError)) throw error
      const isSame =
        oldNumber !== undefined && oldNumber === newNumber && this.before.locationOf(oldNumber) === this.after.locationOf(oldNumber)
      if (!isSame) this.#differ(inside)
      return
    }
    this.#compareResolved(...values, inside)
  }

  #compareResolved(before: PdfValue, after: PdfValue, place: Place): void {
    // what a key of the trailer refers to may have been missing: nothing shows it
    if (before === null && place.class === 'trailer') return
    if (Array.isArray(before) && Array.isArray(after)) {
      if (before.length !== after.length) return this.#differ(place)
      before.forEach((item, index) => this.requireEqual(item, after[index] ?? null, placeBelow(place, `${index}`)))
    } else if (before instanceof PdfDict && after instanceof PdfDict) {
      this.requireEqualDicts(before, after, place, noKeys)
    } else if (before instanceof PdfStream && after instanceof PdfStream) {
      if (before.raw !== after.raw && Buffer.compare(before.raw, after.raw) !== 0) return this.#differ(place)
      this.requireEqualDicts(before.dict, after.dict, place, noKeys)
    } else if (!isSameScalar(before, after)) this.#differ(place)
  }

  /** Reports a difference by the place in which it lies, so that a replaced font is one change and not fifty. */
  #differ(place: Place): void {
    this.report(place, `${place.path.split('/').slice(0, 4).join('/')} was changed.`)
  }
}

function itemsOf(value: PdfValue): PdfValue[] {
  if (Array.isArray(value)) return value
  const dict = value instanceof PdfStream ? value.dict : value
  return dict instanceof PdfDict ? [...dict.entries.values()] : []
}

const noKeys: ReadonlySet<string> = new Set()
const numberOf = (value: PdfValue): number | undefined => (value instanceof PdfRef ? value.number : undefined)

function isSameScalar(before: PdfValue, after: PdfValue): boolean {
  if (before instanceof PdfName) return after instanceof PdfName && before.name === after.name
  if (before instanceof PdfString) return after instanceof PdfString && Buffer.compare(before.bytes, after.bytes) === 0
  return before === after
}
