/** Applies decisions to text, fields and line breaks: kept ones lose their mark, the others are deleted; rejected formats are undone. */
import * as Y from 'yjs'
import { type CharacterRange, visibleItems } from '../documents/richtext/positions.ts'
import { parseChangedFormats, parseSuggestionMark, suggestionMarkName } from '../documents/richtext/suggestion-attributes.ts'
import { partsOfMark, type SuggestionParts } from '../documents/richtext/suggestion-marks.ts'
import { atomMarksName, parseAtomMarks, writeAtomMarks } from '../documents/richtext/yjs-content.ts'

export type Decision = 'accepted' | 'rejected'

/** A decision on the content at that time: text and blocks that got the mark later are not part of it. */
export interface AppliedDecision {
  mark: string
  state: Decision
  parts: SuggestionParts
}

/** What decisions do to text with the same marks. */
interface Outcome {
  decisions: AppliedDecision[]
  isDeleted: boolean
  /** The marks to set, by key; null removes one. */
  formats: Record<string, unknown>
}

/** Consecutive characters of one text (`of`) with the same outcome. */
export interface DecidedRun extends Outcome {
  of: Y.XmlText
  index: number
  length: number
}

/** A field or line break (`of`) with its outcome. */
export interface DecidedAtom extends Outcome {
  of: Y.XmlElement
}

/** A mark of a suggestion and the decisions on suggestions with its id. */
interface OpenMark {
  key: string
  attributes: { added?: unknown; removed?: unknown }
  decisions: AppliedDecision[]
}

type DecisionsByMark = ReadonlyMap<string, AppliedDecision[]>

function readMark(key: string, value: unknown, byMark: DecisionsByMark): OpenMark | undefined {
  const attributes = suggestionMarkName(key) && parseSuggestionMark(value)
  const decisions = attributes && byMark.get(attributes.id)
  return decisions && { key, attributes, decisions }
}

/** The outcome for the character with an id; undefined where nothing about it is decided. */
function findOutcome(marks: Iterable<OpenMark>, client: number, clock: number): Outcome | undefined {
  const outcome: Outcome = { decisions: [], isDeleted: false, formats: {} }
  for (const { key, attributes, decisions } of marks) {
    const name = suggestionMarkName(key)
    const decision = name && decisions.find(({ parts }) => containsCharacter(partsOfMark(parts, name), client, clock))
    if (!decision) continue
    const isRejected = decision.state === 'rejected'
    outcome.decisions.push(decision)
    outcome.formats[key] = null
    if (name !== 'formatChange') outcome.isDeleted ||= (name === 'insertion') === isRejected
    else if (isRejected) {
      for (const { type } of parseChangedFormats(attributes.added)) outcome.formats[type] = null
      for (const { type, attrs } of parseChangedFormats(attributes.removed)) outcome.formats[type] = attrs
    }
  }
  return outcome.decisions.length > 0 ? outcome : undefined
}

const containsCharacter = (ranges: CharacterRange[], client: number, clock: number) =>
  ranges.some(([of, from, length]) => of === client && clock >= from && clock < from + length)

/** The decided characters of a text, in order. */
export function findDecidedRuns(text: Y.XmlText, byMark: DecisionsByMark): DecidedRun[] {
  const runs: DecidedRun[] = []
  const marks = new Map<string, OpenMark>()
  for (const { item, index } of visibleItems(text)) {
    const { content } = item
    if (content instanceof Y.ContentFormat) {
      const mark = readMark(content.key, content.value, byMark)
      if (mark) marks.set(content.key, mark)
      else marks.delete(content.key)
    }
    if (!item.countable || marks.size === 0) continue
    for (let at = 0; at < item.length; at++) {
      const outcome = findOutcome(marks.values(), item.id.client, item.id.clock + at)
      if (!outcome) continue
      const last = runs.at(-1)
      if (last && last.index + last.length === index + at && isSameOutcome(last, outcome)) last.length++
      else runs.push({ of: text, index: index + at, length: 1, ...outcome })
    }
  }
  return runs
}

const isSameOutcome = (one: Outcome, other: Outcome) =>
  one.isDeleted === other.isDeleted &&
  one.decisions.length === other.decisions.length &&
  one.decisions.every((decision, place) => decision === other.decisions[place]) &&
  JSON.stringify(one.formats) === JSON.stringify(other.formats)

/** The outcome for a field or line break: none or one. */
export function findDecidedAtom(element: Y.XmlElement, byMark: DecisionsByMark): DecidedAtom[] {
  const { client, clock } = (element._item as Y.Item).id
  const marks = parseAtomMarks(element.getAttribute(atomMarksName)).flatMap(({ type, attrs }) => readMark(type, attrs, byMark) ?? [])
  const outcome = findOutcome(marks, client, clock)
  return outcome ? [{ of: element, ...outcome }] : []
}

/** Applies outcomes to text, from the end, so that earlier indexes stay valid. */
export function applyToRuns(runs: DecidedRun[]): void {
  for (const { of: text, index, length, isDeleted, formats } of runs.toReversed()) {
    if (isDeleted) text.delete(index, length)
    else text.format(index, length, formats)
  }
}

/** Applies outcomes to fields and line breaks. */
export function applyToAtoms(atoms: DecidedAtom[]): void {
  for (const { of: element, isDeleted, formats } of atoms) {
    const parent = element.parent as Y.XmlElement
    if (isDeleted) {
      parent.delete(parent.toArray().indexOf(element), 1)
      continue
    }
    const kept = parseAtomMarks(element.getAttribute(atomMarksName)).filter(({ type }) => !Object.hasOwn(formats, type))
    const restored = Object.entries(formats).flatMap(([type, attrs]) => (attrs ? [{ type, attrs: attrs as Record<string, unknown> }] : []))
    const marks = writeAtomMarks([...kept, ...restored])
    if (marks) element.setAttribute(atomMarksName, marks)
    else element.removeAttribute(atomMarksName)
  }
}
