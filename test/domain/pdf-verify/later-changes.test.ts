/** What may be added to a signed document, and every way to change one that must be found. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { ChangeClass, PdfVerdict } from '../../../domain/signing/verify/verdict.ts'
import { verifyPdf } from '../../../domain/signing/verify/verify-pdf.ts'
import { appendRevision, createTestRoot, sampleObjects, samplePdf, type TestRoot, writePdf } from '../../support/signed-pdf.ts'

let root: TestRoot
let signed: Uint8Array
beforeAll(async () => {
  root = await createTestRoot()
  signed = await root.sign(samplePdf(), 'Ann')
})

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
/** The last version of an object in a file whose objects are written as plain text. */
function readObject(bytes: Uint8Array, number: number): string {
  const found = [...text(bytes).matchAll(new RegExp(`(?<=[\\r\\n])${number} 0 obj\\s([^]*?)\\sendobj`, 'g'))].at(-1)
  if (!found?.[1]) throw new Error(`object ${number} is missing`)
  return found[1]
}
/** Changes objects in a further revision. */
const revise = (bytes: Uint8Array, objects: Record<number, string | ((before: string) => string)>): Uint8Array =>
  appendRevision(
    bytes,
    Object.fromEntries(
      Object.entries(objects).map(([number, one]) => [number, typeof one === 'string' ? one : one(readObject(bytes, Number(number)))]),
    ),
  )
const stream = (content: string, entries = '') => `<< /Length ${content.length} ${entries} >>\nstream\n${content}\nendstream`
const form = (content: string, entries = '') => stream(content, `/Type /XObject /Subtype /Form /BBox [0 0 100 20] ${entries}`)

function changesOf({ signatures: [first] }: PdfVerdict): { allowed: ChangeClass[]; forbidden: ChangeClass[] } {
  const of = (isAllowed: boolean) => [...new Set(first?.laterChanges.filter((one) => one.isAllowed === isAllowed).map((one) => one.class))]
  return { allowed: of(true), forbidden: of(false) }
}

async function expectForbidden(bytes: Uint8Array, changeClass: ChangeClass): Promise<void> {
  const verdict = await verifyPdf(bytes)
  expect(verdict.overall).toBe('invalid: forbidden later changes')
  expect(changesOf(verdict).forbidden).toContain(changeClass)
  expect(verdict.signatures[0]).toMatchObject({ intact: true, coverage: { kind: 'whole revision' } })
}

async function expectAllowed(bytes: Uint8Array, changeClass: ChangeClass): Promise<void> {
  const verdict = await verifyPdf(bytes)
  expect([verdict.overall, verdict.reason]).toEqual(['valid, later allowed changes', expect.any(String)])
  expect(changesOf(verdict)).toEqual({ allowed: expect.arrayContaining([changeClass]), forbidden: [] })
}

const addToCatalog = (entry: string) => ({ 1: (catalog: string) => catalog.replace(/>>\s*$/, `${entry} >>`) })
const field = (entries: string) => `<< /Type /Annot /Subtype /Widget /FT /Tx /T (City) /Rect [20 20 120 40] /P 3 0 R /F 4 ${entries} >>`

describe('allowed', () => {
  test('a field is filled in', () =>
    expectAllowed(revise(signed, { 7: field('/V (Paris) /AP << /N 90 0 R >>'), 90: form('BT (Paris) Tj ET') }), 'form filling'))
  test('a second person signs', async () => expectAllowed(await root.sign(signed, 'Bob'), 'further signature'))
  test('data for validation are added', () =>
    expectAllowed(revise(signed, { ...addToCatalog('/DSS << /Certs [90 0 R] >>'), 90: stream('certificate') }), 'validation data (DSS)'))
  test('metadata are added', () =>
    expectAllowed(revise(signed, { ...addToCatalog('/Metadata 90 0 R'), 90: stream('<x/>', '/Type /Metadata /Subtype /XML') }), 'metadata'))
  test('white space follows', () => expectAllowed(Buffer.concat([signed, Buffer.from('\r\n')]), 'white space'))
  test('objects are written again as they were, and others that nothing uses', async () => {
    const { overall, signatures } = await verifyPdf(revise(signed, { 4: (same) => same, 91: stream('unused') }))
    expect([overall, signatures[0]?.laterChanges]).toEqual(['valid, later allowed changes', []])
  })
})

describe('forbidden', () => {
  const sized = (content: string) => stream(content)
  const cases: Record<string, [ChangeClass, () => Uint8Array]> = {
    'the text of a page': ['page content', () => revise(signed, { 4: sized('BT /F1 12 Tf 20 100 Td (I owe you 900) Tj ET') })],
    'a font': ['page content', () => revise(signed, { 5: '<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>' })],
    'the size of a page': ['page content', () => revise(signed, { 3: (page) => page.replace('300 200', '300 100') })],
    'the node from which a page inherits': [
      'page content',
      () =>
        revise(signed, {
          3: (page) => page.replace('/Parent 2 0 R', '/Parent 90 0 R'),
          90: '<< /Type /Pages /Kids [3 0 R] /Count 1 /Rotate 90 >>',
        }),
    ],
    'a page is added': [
      'pages',
      () =>
        revise(signed, {
          2: '<< /Type /Pages /Kids [3 0 R 90 0 R] /Count 2 >>',
          90: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>',
        }),
    ],
    'a page is removed': ['pages', () => revise(signed, { 2: '<< /Type /Pages /Kids [] /Count 0 >>' })],
    'a page is replaced': [
      'pages',
      () => revise(signed, { 2: '<< /Type /Pages /Kids [90 0 R] /Count 1 >>', 90: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>' }),
    ],
    'an annotation is added': [
      'annotations',
      () =>
        revise(signed, {
          3: (page) => page.replace('/Annots [', '/Annots [90 0 R '),
          90: '<< /Type /Annot /Subtype /FreeText /Rect [0 0 50 50] /Contents (paid) >>',
        }),
    ],
    'an annotation is removed': ['annotations', () => revise(signed, { 3: (page) => page.replace(/\/Annots \[[^\]]*\]/, '/Annots []') })],
    'an action runs on opening': ['names and actions', () => revise(signed, addToCatalog('/OpenAction << /S /JavaScript /JS (1) >>'))],
    'scripts are added': ['names and actions', () => revise(signed, addToCatalog('/Names << /JavaScript << /Names [] >> >>'))],
    'optional content is added': ['optional content', () => revise(signed, addToCatalog('/OCProperties << /OCGs [] >>'))],
    'a text field is added': [
      'form structure',
      () => revise(signed, { 6: (all) => all.replace('/Fields [', '/Fields [90 0 R '), 90: '<< /FT /Tx /T (New) /V (x) >>' }),
    ],
    'a field is removed': ['form structure', () => revise(signed, { 6: (all) => all.replace('7 0 R', '') })],
    'a field moves': ['form structure', () => revise(signed, { 7: field('/V (Paris)').replace('20 20 120 40', '20 90 220 120') })],
    'a field shows another text than its value': ['field appearance', () => revise(signed, { 8: form('BT (Rome) Tj ET') })],
    'a hidden field is shown': ['field appearance', () => revise(signed, { 7: field('/AP << /N 8 0 R >>').replace('/F 4', '/F 6') })],
    'an unsigned signature field is drawn over the page': [
      'annotations',
      () =>
        revise(signed, {
          3: (page) => page.replace('/Annots [', '/Annots [90 0 R '),
          6: (all) => all.replace('/Fields [', '/Fields [90 0 R '),
          90: '<< /Type /Annot /Subtype /Widget /FT /Sig /T (Cover) /Rect [0 0 300 200] /P 3 0 R /AP << /N 91 0 R >> >>',
          91: form('0 0 300 200 re f'),
        }),
    ],
  }
  test.each(Object.entries(cases))('%s', (_name, [changeClass, change]) => expectForbidden(change(), changeClass))

  test('the signature dictionary, and the signature itself', async () => {
    const number = Number(/\/V (\d+) 0 R/.exec(text(signed))?.[1])
    const dictionary = readObject(signed, number)
    const moved = revise(signed, { [number]: dictionary.replace('Agreed', 'Denied') })
    // its value now stands elsewhere: the gap is no longer its own
    expect((await verifyPdf(moved)).overall).toBe('invalid: byte range gap does not match the signature value')
  })
})

describe('documents that were prepared to be changed', () => {
  /** Signs a document whose objects are changed first. */
  async function signPrepared(change: (objects: string[]) => string[]): Promise<Uint8Array> {
    return root.sign(writePdf(change(sampleObjects)), 'Ann')
  }

  test('a page refers to an object that is missing, and is added later', async () => {
    const prepared = await signPrepared((all) => all.map((one) => one.replace('/Contents 4 0 R', '/Contents [4 0 R 70 0 R]')))
    await expectForbidden(revise(prepared, { 70: stream('BT (more) Tj ET') }), 'page content')
  })

  test('an object stands behind the signed bytes, where nothing was yet', async () => {
    const plain = text(
      await signPrepared((all) => [...all.map((one) => one.replace('/Contents 4 0 R', '/Contents [4 0 R 9 0 R]')), 'null']),
    )
    // the table that is signed names a position behind the end of the file
    const position = `${plain.length + 1000}`.padStart(10, '0')
    const objects = sampleObjects.map((one) => one.replace('/Contents 4 0 R', '/Contents [4 0 R 9 0 R]'))
    const unsigned = text(writePdf([...objects, 'null']))
    const last = unsigned.match(/\d{10} 00000 n \ntrailer/)?.[0] as string
    const prepared = await root.sign(Buffer.from(unsigned.replace(last, `${position} 00000 n \ntrailer`), 'latin1'), 'Ann')
    const behind = Buffer.concat([
      prepared,
      Buffer.from(' '.repeat(Number(position) - prepared.length)),
      Buffer.from(`9 0 obj\n${stream('BT (more) Tj ET')}\nendobj\n`),
    ])
    await expectForbidden(appendRevision(behind, { 91: 'null' }), 'page content')
  })

  test('a stream takes the place of the form, and of the content of the page', async () => {
    const changed = revise(signed, {
      1: (catalog) => catalog.replace(/\/AcroForm \d+ 0 R/, '/AcroForm 4 0 R'),
      4: stream('BT (I owe you 900) Tj ET', `/Fields ${/\/Fields (\[[^\]]*\])/.exec(readObject(signed, 6))?.[1]}`),
    })
    expect((await verifyPdf(changed)).overall).toBe('no signature')
  })

  test('a field is also the list of what a page draws', async () => {
    const prepared = await signPrepared((all) =>
      all.map((one) => one.replace('/Resources << ', '/Resources << /XObject 7 0 R ').replace('/T (City)', '/T (City) /V 8 0 R')),
    )
    await expectForbidden(revise(prepared, { 7: field('/V 90 0 R /AP << /N 8 0 R >>'), 90: form('BT (900) Tj ET') }), 'page content')
  })

  test('the appearance of a field draws a stream far below', async () => {
    const nested = [0, 1, 2, 3].map((depth) => form('/X Do', `/Resources << /XObject << /X ${10 + depth} 0 R >> >>`))
    const prepared = await signPrepared((all) => [
      ...all.map((one) => one.replace('/Length 13', '/Resources << /XObject << /X 9 0 R >> >> /Length 13')),
      ...nested,
      form('BT (100) Tj ET'),
    ])
    await expectForbidden(revise(prepared, { 13: form('BT (900) Tj ET') }), 'field appearance')
  })

  test('a resource is shared by a field that is filled in and the page', async () => {
    const prepared = await signPrepared((all) => all.map((one) => one.replace('/Resources << ', '/Resources << /XObject << /X 8 0 R >> ')))
    await expectForbidden(revise(prepared, { 7: field('/V (Paris) /AP << /N 8 0 R >>'), 8: form('BT (900) Tj ET') }), 'page content')
  })
})

describe('what the signature allows', () => {
  /** A signature field with a lock, which is then signed. */
  async function signLocked(lock: string): Promise<Uint8Array> {
    const objects = sampleObjects.map((one) => one.replace('/Fields [7 0 R]', '/Fields [7 0 R 9 0 R]'))
    const signatureField = `<< /FT /Sig /T (Ann) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132 /P 3 0 R /Lock << /Type /SigFieldLock ${lock} >> >>`
    return root.sign(writePdf([...objects, signatureField]), 'Ann')
  }
  const fill = (bytes: Uint8Array) => revise(bytes, { 7: field('/V (Paris) /AP << /N 8 0 R >>') })

  test('a locked field is not filled in, another one is', async () => {
    await expectForbidden(fill(await signLocked('/Action /Include /Fields [(City)]')), 'locked field')
    await expectForbidden(fill(await signLocked('/Action /All')), 'locked field')
    await expectAllowed(fill(await signLocked('/Action /Exclude /Fields [(City)]')), 'form filling')
  })

  test('without permission nothing is filled in or signed, with it annotations are added', async () => {
    const none = await signLocked('/Action /Include /Fields [(Other)] /P 1')
    await expectForbidden(fill(none), 'form filling')
    await expectForbidden(await root.sign(none, 'Bob'), 'further signature')
    await expectAllowed(revise(none, addToCatalog('/DSS << /Certs [] >>')), 'validation data (DSS)')
    const annotations = await signLocked('/Action /Include /Fields [(Other)] /P 3')
    const note = '<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (hello) >>'
    const annotate = (bytes: Uint8Array) => revise(bytes, { 3: (page) => page.replace('/Annots [', '/Annots [90 0 R '), 90: note })
    await expectAllowed(annotate(annotations), 'annotations')
    await expectForbidden(annotate(signed), 'annotations')
  })
})
