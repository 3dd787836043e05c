/** What a signature allows to change afterwards: DocMDP, FieldMDP and the lock of its field (ISO 32000-2, 12.8.2). */
import type { PdfDocument } from './pdf/document.ts'
import type { SignedField } from './pdf/form.ts'
import { nameOf, type PdfDict, textOf } from './pdf/objects.ts'

export interface ModificationRights {
  /** 1: only validation data and document timestamps; 2: also form filling and signatures; 3: also annotations. */
  level: 1 | 2 | 3
  isLocked: (fieldName: string) => boolean
}

/** A rule that names fields: all, some, or all but some. */
interface FieldLock {
  action: string
  names: string[]
}

/** Reads what a signature allows. Of several rules the strictest holds. */
export function readModificationRights(document: PdfDocument, { dict, field }: SignedField): ModificationRights {
  const levels: number[] = []
  const locks: FieldLock[] = []
  const addLock = (parameters: PdfDict | undefined) => {
    const action = nameOf(document.read(parameters, 'Action'))
    const names = document.itemsOf(parameters?.get('Fields') ?? null).map((name) => textOf(document.resolve(name)))
    if (action) locks.push({ action, names: names.filter((name) => name !== undefined) })
  }
  for (const item of document.itemsOf(dict.get('Reference'))) {
    const reference = document.dictOf(item)
    const parameters = document.dictOf(reference?.get('TransformParams') ?? null)
    const method = nameOf(document.read(reference, 'TransformMethod'))
    // the level is 2 where it is not written
    if (method === 'DocMDP') levels.push(readLevel(document, parameters) ?? 2)
    else if (method === 'FieldMDP') addLock(parameters)
  }
  const lock = document.dictOf(field.dict.get('Lock'))
  addLock(lock)
  const lockLevel = readLevel(document, lock)
  if (lockLevel !== undefined) levels.push(lockLevel)
  const level = Math.min(...levels, levels.length > 0 ? 3 : 2)
  return { level: level === 1 ? 1 : level === 3 ? 3 : 2, isLocked: (name) => locks.some((one) => holdsLock(one, name)) }
}

function readLevel(document: PdfDocument, parameters: PdfDict | undefined): number | undefined {
  const level = document.read(parameters, 'P')
  return level === 1 || level === 2 || level === 3 ? level : undefined
}

/** A lock of a field holds for the fields below it. */
function holdsLock({ action, names }: FieldLock, name: string): boolean {
  const isNamed = names.some((one) => name === one || name.startsWith(`${one}.`))
  return action === 'All' || (action === 'Include' && isNamed) || (action === 'Exclude' && !isNamed)
}
