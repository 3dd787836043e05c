/** Finds what later revisions changed in a signed document, and whether the signature allows it. */
import type { ModificationRights } from '../modification-rights.ts'
import type { PdfDocument } from '../pdf/document.ts'
import type { LaterChange } from '../verdict.ts'
import { governCatalog, compareCatalog } from './catalog-changes.ts'
import { Comparison } from './comparison.ts'
import { FormComparison } from './form-changes.ts'
import { comparePages, listPages } from './page-changes.ts'
import { compareTrailer } from './trailer-changes.ts'

/**
 * Compares the signed state with the present one.
 * @throws PdfError where one of them is damaged
 */
export function findLaterChanges(signed: PdfDocument, present: PdfDocument, rights: ModificationRights): LaterChange[] {
  const comparison = new Comparison(signed, present, (changeClass) => changeClass === 'annotations' && rights.level === 3)
  const form = new FormComparison(comparison, rights)
  governCatalog(comparison)
  for (const page of listPages(signed)) comparison.governed.add(page)
  for (const number of form.fieldNumbers()) comparison.governed.add(number)
  compareTrailer(comparison)
  compareCatalog(comparison, form)
  form.compare()
  comparePages(comparison, form)
  comparison.run()
  form.checkSharedAppearances()
  return comparison.changes
}
