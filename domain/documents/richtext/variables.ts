/** Variables of a text: where they are used in it, and their values beside it. */
import { type Doc, type ID, XmlElement, type XmlFragment, type Map as YMap } from 'yjs'
import { z } from 'zod'
import { isVariableName, maxValueCharacters, replaceForbidden, textName, variableLabel, variablesName } from './schema.ts'
import { getRoot } from './raw-json.ts'

/** The name of a variable. */
export const VariableName = z
  .string()
  .refine(isVariableName, 'must be 1 to 60 letters, digits, spaces, "-", "_" and ".", starting with a letter')

/** A value, at most 1,000 characters; a blank one means none. */
export const VariableValue = z.string().max(maxValueCharacters)

/** A variable of a text: its value (null while it is empty), and how often it is used. */
export interface Field {
  name: string
  value: string | null
  used: number
}

/** A valid value. Clients write the map themselves, so it may contain anything. */
const parseValue = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() ? replaceForbidden(value.slice(0, maxValueCharacters)) : null

const variablesMap = (document: Doc): YMap<unknown> | undefined => getRoot(() => document.getMap<unknown>(variablesName))

/** The values beside a text, by name; invalid names and values are left out. Never throws. */
export function readValues(document: Doc): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [name, one] of variablesMap(document) ?? []) {
    const value = parseValue(one)
    if (value !== null && isVariableName(name)) values.set(name, value)
  }
  return values
}

/** Reads what fields show: their value, or their label in brackets while they are empty. */
export function createFieldReader(document: Doc): (name: string) => string {
  const values = readValues(document)
  return (name) => values.get(name) ?? `[${variableLabel(name)}]`
}

/** The item id of a value, from which its author is known. */
export const findValueId = (document: Doc, name: string): ID | undefined => variablesMap(document)?._map.get(name)?.id

/** The variables of a document: those of its text in order, then those with a value but no use. */
export function readFields(document: Doc): Field[] {
  const used = new Map<string, number>()
  countUses(document.getXmlFragment(textName), used)
  const values = readValues(document)
  return [...new Set([...used.keys(), ...values.keys()])].map((name) => ({
    name,
    value: values.get(name) ?? null,
    used: used.get(name) ?? 0,
  }))
}

function countUses(part: XmlFragment, used: Map<string, number>): void {
  for (const child of part.toArray()) {
    if (!(child instanceof XmlElement)) continue
    const name: unknown = child.nodeName === 'variable' ? child.getAttribute('name') : undefined
    if (isVariableName(name)) used.set(name, (used.get(name) ?? 0) + 1)
    countUses(child, used)
  }
}

/** Sets values, and removes those that are null or blank. Unchanged values are not written, so that they are not an edit. */
export function setValues(document: Doc, values: Readonly<Record<string, string | null>>): void {
  const held = document.getMap<unknown>(variablesName)
  for (const [name, value] of Object.entries(values)) {
    if (!value?.trim()) held.delete(name)
    else if (held.get(name) !== value) held.set(name, value)
  }
}
