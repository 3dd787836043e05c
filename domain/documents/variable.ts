/** Variables of a text: where they stand in it, and their values beside it. */
import { type Doc, type ID, XmlElement, type XmlFragment, type Map as YMap } from 'yjs'
import { z } from 'zod'
import { isVariableName, longestValue, plain, textName, variablesName } from './prose.ts'
import { rootOf } from './raw-text.ts'

/** The name of a variable. */
export const VariableName = z.string().refine(isVariableName, 'takes 1 to 60 letters, digits, spaces, "-", "_" and ".", a letter first')

/** A value, at most 1,000 signs; blank is none. */
export const VariableValue = z.string().max(longestValue)

/** A variable of a text: its value (null while it is empty), and how often it stands in the text. */
export interface Field {
  name: string
  value: string | null
  used: number
}

/** A value as it may be shown. Clients write the map themselves, so it may hold anything. */
const valueFrom = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() ? plain(value.slice(0, longestValue)) : null

const mapOf = (document: Doc): YMap<unknown> | undefined => rootOf(() => document.getMap<unknown>(variablesName))

/** The values that stand beside a text, by name; what is no name or no text is left out. Never an error. */
export function valuesOf(document: Doc): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [name, one] of mapOf(document) ?? []) {
    const value = valueFrom(one)
    if (value !== null && isVariableName(name)) values.set(name, value)
  }
  return values
}

/** The piece of a document that holds a value, by which it is known who filled it. */
export const idOfValue = (document: Doc, name: string): ID | undefined => mapOf(document)?._map.get(name)?.id

/** The variables of a document: those of its text in its order, then those that have a value and no place. */
export function fieldsOf(document: Doc): Field[] {
  const used = new Map<string, number>()
  count(document.getXmlFragment(textName), used)
  const values = valuesOf(document)
  return [...new Set([...used.keys(), ...values.keys()])].map((name) => ({
    name,
    value: values.get(name) ?? null,
    used: used.get(name) ?? 0,
  }))
}

function count(part: XmlFragment, used: Map<string, number>): void {
  for (const child of part.toArray()) {
    if (!(child instanceof XmlElement)) continue
    const name: unknown = child.nodeName === 'variable' ? child.getAttribute('name') : undefined
    if (isVariableName(name)) used.set(name, (used.get(name) ?? 0) + 1)
    count(child, used)
  }
}

/** Sets values, and takes away those that are null or blank. What is so already is left alone, so that it is no edit. */
export function setValues(document: Doc, values: Readonly<Record<string, string | null>>): void {
  const held = document.getMap<unknown>(variablesName)
  for (const [name, value] of Object.entries(values)) {
    if (!value?.trim()) held.delete(name)
    else if (held.get(name) !== value) held.set(name, value)
  }
}
