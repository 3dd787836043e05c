/** The checks of a signature, each with a file in which only this is wrong. */
import { beforeAll, describe, expect, test } from 'vitest'
import { verifyPdf } from '../../../domain/signing/verify/verify-pdf.ts'
import { appendRevision, createTestRoot, samplePdf, type TestRoot } from '../../support/signed-pdf.ts'

let root: TestRoot
let signed: Uint8Array
let file: string
beforeAll(async () => {
  root = await createTestRoot()
  signed = await root.sign(samplePdf(), 'Ann')
  file = Buffer.from(signed).toString('latin1')
})

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const overall = async (text: string) => (await verifyPdf(bytesOf(text))).overall
const byteRange = () => /\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/.exec(file) as RegExpExecArray
/** Writes other numbers into the byte range, in the same number of bytes. */
function withRange(change: (numbers: number[]) => number[]): string {
  const [all, ...numbers] = byteRange()
  return file.replace(all, `/ByteRange [${change(numbers.map(Number)).join(' ')}]`.padEnd(all.length))
}
const contents = () => /\/Contents\s*<([0-9A-Fa-f]+)>/.exec(file) as RegExpExecArray
/** Replaces bytes of the signature value. */
const withValue = (change: (hex: string) => string) => file.replace(contents()[1] as string, change(contents()[1] as string))

test('an unchanged file is valid', async () => {
  const { overall, signatures } = await verifyPdf(signed)
  expect(overall).toBe('valid')
  expect(signatures[0]).toMatchObject({ intact: true, signer: { name: 'Ann' }, signedAt: { source: 'signer' }, anomalies: [] })
})

describe('the byte range', () => {
  test('has two pairs from the start of the file that do not overlap', async () => {
    expect(await overall(withRange(([, ...others]) => [...others, 0].slice(0, 3)))).toBe('invalid: malformed byte range')
    expect(await overall(withRange(([, ...others]) => [1, ...others]))).toBe('invalid: malformed byte range')
    expect(await overall(withRange(([a = 0, b = 0, , d = 0]) => [a, b, b - 1, d]))).toBe('invalid: malformed byte range')
  })
  test('ends within the file', async () => {
    expect(await overall(withRange(([a = 0, b = 0, c = 0, d = 0]) => [a, b, c, d + 1]))).toBe('invalid: byte range outside the file')
  })
  test('leaves out exactly the signature value', async () => {
    const gap = 'invalid: byte range gap does not match the signature value'
    expect(await overall(withRange(([a = 0, b = 0, c = 0, d = 0]) => [a, b - 9, c, d]))).toBe(gap)
    expect(await overall(withRange(([a = 0, b = 0, c = 0, d = 0]) => [a, b, c + 9, d - 9]))).toBe(gap)
  })
  test('covers its revision', async () => {
    const verdict = await verifyPdf(bytesOf(withRange(([a = 0, b = 0, c = 0, d = 0]) => [a, b, c, d - 60])))
    expect(verdict.signatures[0]?.otherReasons).toContain('invalid: incomplete coverage')
  })
  test('is followed by nothing that belongs to nothing', async () => {
    expect(await overall(`${file}hidden`)).toBe('invalid: incomplete coverage')
  })
})

describe('the signature value', () => {
  test('is of the bytes', async () => expect(await overall(file.replace('I owe you', 'I pay you'))).toBe('invalid: digest mismatch'))
  test('is there', async () => {
    expect(await overall(withValue((hex) => '0'.repeat(hex.length)))).toBe('invalid: empty signature value')
    expect(await overall(withValue((hex) => `31${hex.slice(2)}`))).toBe('cannot judge: malformed signature value')
  })
  test('verifies under the key of the certificate', async () => {
    // the last bytes of the value are those of the ECDSA signature
    const changed = withValue((hex) => {
      const end = hex.replace(/(00)+$/, '').length - 2
      return hex.slice(0, end) + (hex.slice(end, end + 2) === '55' ? '66' : '55') + hex.slice(end + 2)
    })
    const verdict = await verifyPdf(bytesOf(changed))
    expect(verdict.overall).toBe('invalid: signature value does not verify')
    expect(verdict.signatures[0]?.intact).toBe(false)
  })
  test('carries its certificate', async () => {
    const serial = /300a06082a8648ce3d040302/i
    const changed = withValue((hex) => hex.replace(serial, (found) => `${found.slice(0, -1)}3`))
    expect(await overall(changed)).toMatch(/^(invalid|cannot judge)/)
  })
  test('is not another signature of the file', async () => {
    const twice = Buffer.from(await root.sign(signed, 'Bob')).toString('latin1')
    const [first, second] = [...twice.matchAll(/\/Contents\s*<([0-9A-Fa-f]+)>/g)].map((match) => match[1] as string)
    const copied = await verifyPdf(bytesOf(twice.replace(second as string, (first as string).padEnd((second as string).length, '0'))))
    expect(copied.signatures.find(({ field }) => field === 'Bob')?.verdict).toBe('invalid: digest mismatch')
  })
})

describe('decoys', () => {
  test('a dictionary with a byte range outside the form is no signature', async () => {
    const decoy = `<< /Type /Sig /ByteRange [0 9 9 9] /Contents <00> >>`
    const { signatures } = await verifyPdf(appendRevision(signed, { 90: decoy }))
    expect(signatures.map(({ field }) => field)).toEqual(['Ann'])
  })
  test('an unsigned field is no signature', async () => expect((await verifyPdf(samplePdf())).overall).toBe('no signature'))
})
