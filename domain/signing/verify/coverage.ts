/** What a signature covers: the state of the document that was signed, and what later revisions changed in it. */
import { findLaterChanges } from './changes/later-changes.ts'
import { readModificationRights } from './modification-rights.ts'
import { PdfDocument } from './pdf/document.ts'
import { listSignedFields, type SignedField } from './pdf/form.ts'
import { PdfError, PdfString } from './pdf/objects.ts'
import { isWhiteSpace } from './pdf/parser.ts'
import type { Fault, LaterChange, SignatureVerdict } from './verdict.ts'

export interface CoverageJudgement {
  kind: SignatureVerdict['coverage']['kind']
  faults: Fault[]
  laterChanges: LaterChange[]
  bytesAfter: number
  /** The signed revision, counted from 1. */
  revision: number | null
}

const incomplete = (text: string): Fault => ({ class: 'incomplete coverage', text })

/** Judges what the byte range covers. */
export function judgeCoverage(
  document: PdfDocument,
  signed: SignedField,
  range: { values: number[]; isReadable: boolean },
): CoverageJudgement {
  const [, , second = 0, length = 0] = range.values
  const end = second + length
  const size = document.file.bytes.length
  const unclear: CoverageJudgement = { kind: 'unclear', faults: [], laterChanges: [], bytesAfter: Math.max(0, size - end), revision: null }
  if (!range.isReadable) return unclear
  if (end === size) return { ...unclear, kind: 'whole file', revision: document.revisions.length }
  const state = readSignedState(document, signed, end)
  if (!state) {
    return { ...unclear, kind: 'partial', faults: [incomplete('The byte range ends before the revision that contains the signature.')] }
  }
  const revision = state.document.revisions.length
  const trailing = judgeTrailingBytes(document)
  const hasLaterRevision = state.document.revisions.at(-1) !== document.revisions.at(-1)
  if (!hasLaterRevision) return { ...unclear, kind: 'whole revision', revision, ...trailing }
  const later = judgeLaterChanges(document, state)
  return {
    kind: 'whole revision',
    faults: [...trailing.faults, ...later.faults],
    laterChanges: [...later.laterChanges, ...trailing.laterChanges],
    bytesAfter: unclear.bytesAfter,
    revision,
  }
}

interface SignedState {
  document: PdfDocument
  field: SignedField
}

/** The document as the signed bytes alone show it, if they are a whole document that contains this signature. */
function readSignedState({ file, resolve }: PdfDocument, { dict }: SignedField, end: number): SignedState | undefined {
  const contents = resolve(dict.get('Contents'))
  try {
    const state = new PdfDocument(file, end)
    if (!state.isComplete) return undefined
    const field = listSignedFields(state).find((one) => {
      const value = state.resolve(one.dict.get('Contents'))
      return value instanceof PdfString && contents instanceof PdfString && value.span?.start === contents.span?.start
    })
    return field && { document: state, field }
  } catch (error) {
    if (error instanceof PdfError) return undefined
    throw error
  }
}

/** Bytes behind the last revision belong to nothing: white space is harmless, everything else is not covered by any rule. */
function judgeTrailingBytes({ file: { bytes }, end }: PdfDocument): { faults: Fault[]; laterChanges: LaterChange[] } {
  const trailing = bytes.subarray(end)
  if (trailing.length === 0) return { faults: [], laterChanges: [] }
  if (trailing.every((byte) => isWhiteSpace(byte))) {
    return { faults: [], laterChanges: [{ class: 'white space', description: 'White space follows.', revision: null, isAllowed: true }] }
  }
  return { faults: [incomplete(`${trailing.length} bytes follow the last revision and are covered by nothing.`)], laterChanges: [] }
}

function judgeLaterChanges(document: PdfDocument, state: SignedState): { faults: Fault[]; laterChanges: LaterChange[] } {
  try {
    const laterChanges = findLaterChanges(state.document, document, readModificationRights(state.document, state.field))
    const forbidden = laterChanges.filter(({ isAllowed }) => !isAllowed)
    const text = forbidden.map(({ class: changeClass, description }) => `${changeClass} (${description})`).slice(0, 5)
    return {
      laterChanges,
      faults: forbidden.length > 0 ? [{ class: 'forbidden later changes', text: `Changed after signing: ${text.join('; ')}` }] : [],
    }
  } catch (error) {
    if (!(error instanceof PdfError)) throw error
    return { laterChanges: [], faults: [{ class: 'damaged file', text: `Later changes cannot be judged: ${error.message}` }] }
  }
}
