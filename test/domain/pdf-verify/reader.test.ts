/** The reader of PDF structure: every form of it, and files that are made to hang or to fill the memory. */
import { deflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { PdfDocument } from '../../../domain/signing/verify/pdf/document.ts'
import { PdfFile } from '../../../domain/signing/verify/pdf/file.ts'
import { decodeStream } from '../../../domain/signing/verify/pdf/filters.ts'
import { PdfDict, PdfError, PdfName, PdfRef, PdfStream, type PdfValue, textOf } from '../../../domain/signing/verify/pdf/objects.ts'
import { PdfParser } from '../../../domain/signing/verify/pdf/parser.ts'
import { verifyPdf } from '../../../domain/signing/verify/verify-pdf.ts'
import { appendRevision, samplePdf, writePdf } from '../../support/signed-pdf.ts'

const parse = (text: string): PdfValue => new PdfParser(Buffer.from(text, 'latin1'), 0).parseValue()
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('objects', () => {
  test('numbers, names, strings, arrays, dictionaries and references', () => {
    expect(['-.5', '+7', '4.', '12', 'true', 'null'].map(parse)).toEqual([-0.5, 7, 4, 12, true, null])
    expect((parse('/A#20b') as PdfName).name).toBe('A b')
    expect(textOf(parse('(a\\(b\\)\\n\\101(c)\\\nd)'))).toBe('a(b)\nA(c)d')
    expect(textOf(parse('<FEFF 0141>'))).toBe('Ł')
    expect(textOf(parse('(\\225\\240)'))).toBe('Ł€')
    const dict = parse('<< /Kids [1 0 R 2 3] % comment\n/Type/Page >>') as PdfDict
    expect(dict.get('Kids')).toEqual([new PdfRef(1, 0), 2, 3])
    expect(dict.get('Type')).toEqual(new PdfName('Page'))
  })

  test('strings know where they stand', () => expect(parse('  <00ff>')).toMatchObject({ span: { start: 2, end: 8 } }))

  test.each(['<< /A', '(open', '<0g>', '[1 2', '<< 1 2 >>', 'nonsense', '['.repeat(5000)])('%s is damaged', (text) => {
    expect(() => parse(text)).toThrow(PdfError)
  })
})

describe('filters', () => {
  const decode = (filter: string, raw: Uint8Array) =>
    latin1(decodeStream(new PdfStream(parse(`<< /Filter ${filter} >>`) as PdfDict, raw), (value) => value))

  test('decode what they encode', () => {
    expect(decode('/FlateDecode', deflateSync('hello'))).toBe('hello')
    expect(decode('/ASCIIHexDecode', Buffer.from('68 65 6c6C 6f>'))).toBe('hello')
    expect(decode('/ASCII85Decode', Buffer.from('BOu!rDZ~>'))).toBe('hello')
    expect(decode('/RunLengthDecode', Uint8Array.of(1, 104, 101, 255, 108, 0, 111, 128))).toBe('hello')
    expect(decode('/LZWDecode', Uint8Array.of(0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01))).toBe('-----A---B')
    expect(decode('[/ASCIIHexDecode /FlateDecode]', Buffer.from(`${deflateSync('hello').toString('hex')}>`))).toBe('hello')
  })

  test('predictors of PNG and TIFF', () => {
    const rows = Uint8Array.of(2, 1, 2, 3, 2, 1, 1, 1, 1, 5, 1, 1)
    const dict = parse('<< /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 3 >> >>') as PdfDict
    expect([...decodeStream(new PdfStream(dict, deflateSync(rows)), (value) => value)]).toEqual([1, 2, 3, 2, 3, 4, 5, 6, 7])
    const tiff = parse('<< /Filter /FlateDecode /DecodeParms << /Predictor 2 /Columns 3 >> >>') as PdfDict
    expect([...decodeStream(new PdfStream(tiff, deflateSync(Uint8Array.of(1, 1, 1, 5, 0, 1))), (value) => value)]).toEqual([
      1, 2, 3, 5, 5, 6,
    ])
  })

  test('a bomb is stopped', () => {
    const bomb = deflateSync(Buffer.alloc(130 * 1024 * 1024))
    expect(() => decode('/FlateDecode', bomb)).toThrow('unpacks to too much data')
    expect(() => decode('/FlateDecode', Buffer.from('no zlib'))).toThrow(PdfError)
  })
})

/** A document whose objects 1 and 2 are in an object stream, with a cross-reference stream. */
function writeCompressed(): Uint8Array {
  const [first, second] = ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [] /Count 0 >>']
  const header = `1 0 2 ${first.length + 1} `
  const packed = deflateSync(`${header}${first} ${second}`)
  let text = '%PDF-1.7\n'
  const objects = text.length
  text += `3 0 obj\n<< /Type /ObjStm /N 2 /First ${header.length} /Filter /FlateDecode /Length ${packed.length} >>\nstream\n${latin1(packed)}\nendstream\nendobj\n`
  const start = text.length
  const entry = (type: number, second: number, third: number) => [type, second >> 8, second & 255, third]
  const table = deflateSync(
    Uint8Array.from([entry(0, 0, 0), entry(2, 3, 0), entry(2, 3, 1), entry(1, objects, 0), entry(1, start, 0)].flat()),
  )
  text += `4 0 obj\n<< /Type /XRef /Size 5 /W [1 2 1] /Root 1 0 R /Filter /FlateDecode /Length ${table.length} >>\nstream\n${latin1(table)}\nendstream\nendobj\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

describe('documents', () => {
  test('tables and incremental updates: the newest object counts, and each revision can be read', () => {
    const changed = appendRevision(samplePdf(), { 5: '<< /BaseFont /Courier >>' })
    const present = new PdfDocument(new PdfFile(changed))
    expect(present.revisions).toHaveLength(2)
    expect([present.revisionOf(4), present.revisionOf(5)]).toEqual([1, 2])
    expect((present.get(5) as PdfDict).get('BaseFont')).toEqual(new PdfName('Courier'))
    const before = new PdfDocument(present.file, samplePdf().length)
    expect((before.get(5) as PdfDict).get('BaseFont')).toEqual(new PdfName('Helvetica'))
  })

  test('object streams and cross-reference streams', () => {
    const document = new PdfDocument(new PdfFile(writeCompressed()))
    expect((document.catalog.get('Pages') as PdfRef).number).toBe(2)
    expect(document.dictOf(document.catalog.get('Pages'))?.get('Count')).toBe(0)
  })

  test('hybrid files: the stream adds what the table calls free', () => {
    const compressed = latin1(writeCompressed())
    const stream = compressed.indexOf('4 0 obj')
    const table = `xref\n0 5\n0000000000 65535 f \n0000000000 65535 f \n0000000000 65535 f \n0000000009 00000 n \n0000000000 65535 f \n`
    const hybrid = `${compressed}${table}trailer\n<< /Size 5 /Root 1 0 R /XRefStm ${stream} >>\nstartxref\n${compressed.length}\n%%EOF\n`
    const document = new PdfDocument(new PdfFile(Buffer.from(hybrid, 'latin1')))
    expect(document.dictOf(document.catalog.get('Pages'))?.get('Count')).toBe(0)
  })

  test('a wrong position of the table before is corrected', () => {
    const changed = latin1(appendRevision(samplePdf(), { 5: '<< /BaseFont /Courier >>' }))
    const document = new PdfDocument(new PdfFile(Buffer.from(changed.replace(/\/Prev \d+/, '/Prev 3'), 'latin1')))
    expect(document.revisions).toHaveLength(2)
    expect(document.file.isRepaired).toBe(true)
  })
})

describe('hostile files end soon', () => {
  const hostile: Record<string, () => Uint8Array> = {
    'no PDF': () => Buffer.from('GIF89a'),
    'nothing but a header': () => Buffer.from('%PDF-1.7\n'),
    'a table that is before itself': () => {
      const text = latin1(samplePdf())
      const start = text.lastIndexOf('xref\n0')
      return Buffer.from(text.replace('/Root 1 0 R', `/Root 1 0 R /Prev ${start}`), 'latin1')
    },
    'a table of eight million entries': () => Buffer.from(latin1(samplePdf()).replace('xref\n0 9', 'xref\n0 8388600'), 'latin1'),
    'a form that contains itself': () =>
      writePdf(['<< /Type /Catalog /AcroForm << /Fields [2 0 R] >> >>', '<< /T (a) /Kids [2 0 R 3 0 R] >>', '<< /T (b) /Kids [2 0 R] >>']),
    'references in a circle': () => writePdf(['<< /Type /Catalog /AcroForm 2 0 R >>', '3 0 R', '2 0 R']),
    'an object stream in itself': () => Buffer.from(latin1(writeCompressed()).replace('/N 2', '/N 9'), 'latin1'),
    'a stream whose length is itself': () =>
      writePdf(['<< /Type /Catalog /Pages 2 0 R /AcroForm 2 0 R >>', '<< /Length 2 0 R >>\nstream\nx\nendstream']),
    'arrays nested a hundred thousand deep': () => writePdf([`<< /Type /Catalog /AcroForm ${'['.repeat(100_000)} >>`]),
    'a form of a hundred thousand fields': () =>
      writePdf(['<< /Type /Catalog /AcroForm << /Fields 2 0 R >> >>', `[${'<< /T (a) >> '.repeat(100_000)}]`]),
    'a hundred thousand words startxref': () => Buffer.from(`%PDF-1.7\n${'startxref\n9\n%%EOF\n'.repeat(100_000)}`),
  }
  test.each(Object.entries(hostile))('%s', async (_name, make) => {
    expect((await verifyPdf(make())).overall).toMatch(/^(no signature|cannot judge: damaged file)$/)
  })

  test('a signature value of nested elements, and one whose lengths lie', async () => {
    const sign = (contents: string) =>
      writePdf([
        '<< /Type /Catalog /AcroForm << /Fields [2 0 R] >> >>',
        `<< /FT /Sig /T (S) /V << /Type /Sig /SubFilter /adbe.pkcs7.detached /ByteRange [0 0 0 0] /Contents <${contents}> >> >>`,
      ])
    const withRange = (contents: string) => {
      const text = latin1(sign(contents))
      const [start, end] = [text.indexOf(`<${contents}>`), text.indexOf(`<${contents}>`) + contents.length + 2]
      const range = (size: number) => `[0 ${start} ${end} ${size}]`
      const pad = ' '.repeat(200)
      const padded = text.replace('[0 0 0 0]', `[0 0 0 0]${pad}`)
      const [from, to] = [padded.indexOf(`<${contents}>`), padded.indexOf(`<${contents}>`) + contents.length + 2]
      const numbers = `[0 ${from} ${to} ${padded.length - to}]`
      expect(range(0)).toBeTypeOf('string')
      return Buffer.from(padded.replace(`[0 0 0 0]${pad}`, numbers.padEnd(9 + pad.length)), 'latin1')
    }
    for (const value of ['3080'.repeat(20_000), `3084ffffffff${'00'.repeat(50)}`, '30800000', `3082ffff${'01'.repeat(100)}`]) {
      expect((await verifyPdf(withRange(value))).overall).toBe('cannot judge: malformed signature value')
    }
  })
})
