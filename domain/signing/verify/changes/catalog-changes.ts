/** Changes of the catalog, and of the data for validation that it holds. */
import { PdfDict, PdfRef, PdfStream, type PdfValue } from '../pdf/objects.ts'
import type { ChangeClass } from '../verdict.ts'
import type { FormView } from './page-changes.ts'
import { compareStructure } from './structure-changes.ts'
import { type Comparison, type Place, placeBelow } from './comparison.ts'

/** Keys with rules of their own. `AcroForm` and `Pages` are compared elsewhere. */
const ruledKeys = new Set([
  'AcroForm',
  'Pages',
  'DSS',
  'Extensions',
  'Metadata',
  'MarkInfo',
  'Version',
  'Type',
  'StructTreeRoot',
  'Perms',
  'PieceInfo',
])

const classOfKey: Record<string, ChangeClass> = {
  OCProperties: 'optional content',
  Names: 'names and actions',
  Dests: 'names and actions',
  OpenAction: 'names and actions',
  AA: 'names and actions',
  Outlines: 'names and actions',
}

const securityStoreKeys = new Set(['Type', 'Certs', 'OCSPs', 'CRLs', 'VRI'])
const securityStoreDepth = 8

/** Registers the objects of the catalog that have rules of their own. One that became another object is compared wherever it is used. */
export function governCatalog({ before, after, governed }: Comparison): void {
  const pairs = [
    [before.trailer.get('Root'), after.trailer.get('Root')],
    [before.catalog.get('AcroForm'), after.catalog.get('AcroForm')],
  ]
  for (const [old, present] of pairs) {
    if (old instanceof PdfRef && present instanceof PdfRef && old.number === present.number) governed.add(old.number)
  }
}

/** Compares the catalogs. */
export function compareCatalog(comparison: Comparison, form: FormView): void {
  const [before, after] = [comparison.before.catalog, comparison.after.catalog]
  const root = comparison.after.trailer.get('Root')
  const place: Place = { class: 'catalog', path: 'Catalog', number: root instanceof PdfRef ? root.number : undefined }
  for (const key of new Set([...before.entries.keys(), ...after.entries.keys()])) {
    if (ruledKeys.has(key)) continue
    comparison.requireEqual(before.get(key), after.get(key), { ...placeBelow(place, key), class: classOfKey[key] ?? 'catalog' })
  }
  compareSecurityStore(comparison, place)
  compareMetadata(comparison, place)
  comparePermissions(comparison, place, form)
  compareStructure(comparison, form)
  for (const key of ['Extensions', 'MarkInfo', 'Version', 'PieceInfo']) {
    if (comparison.isSameTree(before.get(key), after.get(key), securityStoreDepth)) continue
    const hasStream = comparison.after.resolve(after.get(key)) instanceof PdfStream
    comparison.report({ ...placeBelow(place, key), class: 'extensions' }, `The entry ${key} of the catalog was updated.`, !hasStream)
  }
}

/** Data for validation (DSS) may be added and renewed; it must be nothing else than that. */
function compareSecurityStore(comparison: Comparison, place: Place): void {
  const { before, after } = comparison
  const [old, present] = [before.catalog.get('DSS'), after.catalog.get('DSS')]
  if (comparison.isSameTree(old, present, securityStoreDepth)) return
  const store = after.resolve(present)
  const inside: Place = {
    ...placeBelow(place, 'DSS'),
    class: 'validation data (DSS)',
    number: present instanceof PdfRef ? present.number : place.number,
  }
  if (!(store instanceof PdfDict)) return comparison.report(inside, 'The data for validation were removed.', false)
  const foreign = [...store.entries.keys()].filter((key) => !securityStoreKeys.has(key))
  const isData = ['Certs', 'OCSPs', 'CRLs'].every((key) => isListOfStreams(comparison, store.get(key)))
  if (!isData) return comparison.report(inside, 'The data for validation contain something else.', false)
  for (const key of foreign) comparison.requireEqual(before.dictOf(old)?.get(key) ?? null, store.get(key), placeBelow(inside, key))
  comparison.report(inside, 'Data for validation were added.', true)
}

function isListOfStreams({ after }: Comparison, list: PdfValue): boolean {
  const items = after.resolve(list)
  return items === null || (Array.isArray(items) && items.every((item) => after.resolve(item) instanceof PdfStream))
}

/** The XMP metadata may be rewritten as a whole. */
function compareMetadata(comparison: Comparison, place: Place): void {
  const { before, after } = comparison
  const [old, present] = [before.catalog.get('Metadata'), after.catalog.get('Metadata')]
  if (comparison.isSameTree(old, present, 2)) return
  const stream = after.resolve(present)
  const isPlain = stream === null || (stream instanceof PdfStream && stream.dict.get('Resources') === null)
  const number = present instanceof PdfRef ? present.number : place.number
  comparison.report({ ...placeBelow(place, 'Metadata'), class: 'metadata', number }, 'The metadata were updated.', isPlain)
}

/** A later signature may be a certification: then the catalog names it. Permissions that were there may not change. */
function comparePermissions(comparison: Comparison, place: Place, form: FormView): void {
  const { before, after } = comparison
  const [old, present] = [before.catalog.get('Perms'), after.catalog.get('Perms')]
  const added = after.dictOf(present)
  const certification = added?.get('DocMDP') ?? null
  const isNew = old === null && added?.entries.size === 1 && certification instanceof PdfRef && form.isNewValue(certification.number)
  const inside = placeBelow(place, 'Perms')
  if (isNew) comparison.report({ ...inside, class: 'further signature' }, 'A later signature certifies the document.', true)
  else comparison.requireEqual(old, present, inside)
}
