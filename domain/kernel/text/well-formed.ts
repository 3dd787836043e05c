/** Text that every part can store: PostgreSQL, JSON, live documents and exported files. */
import { z } from 'zod'
import { DomainError, type FieldError } from '../errors.ts'

/**
 * Maximum nesting of lists and objects in an input. JSON of 1 MiB can nest a million levels, and recursive code overflows the stack at some
 * thousand.
 */
const maxDepth = 64
const separators = /[\t-\r\u0085\u2028\u2029]+/g
const controls = /\p{Cc}/gu

/**
 * Refuses text that PostgreSQL or JSON cannot store: NUL (U+0000) and unpaired surrogates, in values and field names, at any depth.
 * @throws DomainError invalid-input naming each field
 */
export function assertStorableText(input: unknown): void {
  const fields: FieldError[] = []
  collectMalformed(input, [], fields)
  if (fields.length > 0)
    throw new DomainError('invalid-input', fields.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; '), { fields })
}

function collectMalformed(value: unknown, path: readonly string[], fields: FieldError[]): void {
  if (fields.length >= 20) return
  if (typeof value === 'string') {
    const message = describeTextProblem(value)
    if (message) fields.push({ path: path.join('.').toWellFormed(), message })
  } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !(value instanceof Date)) {
    if (path.length >= maxDepth) {
      fields.push({ path: path[0]?.toWellFormed() ?? '', message: `is nested deeper than ${maxDepth} levels` })
      return
    }
    for (const [name, one] of Object.entries(value)) {
      const message = describeTextProblem(name)
      if (message) fields.push({ path: [...path, name].join('.').toWellFormed(), message: `the name ${message}` })
      else collectMalformed(one, [...path, name], fields)
    }
  }
}

function describeTextProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'contains the character NUL (U+0000)'
  return text.isWellFormed() ? undefined : 'contains half of a surrogate pair, which is not valid Unicode'
}

/** Converts text to one line: tabs and line breaks become spaces, other control characters are removed. */
export const toSingleLine = (text: string): string => text.replace(separators, ' ').replace(controls, '')

/**
 * A schema for names, titles and other text on one line: as `toSingleLine`, trimmed.
 * @param max characters
 * @param min characters
 */
export const singleLine = (max: number, min = 1) => z.string().overwrite(toSingleLine).trim().min(min).max(max)
