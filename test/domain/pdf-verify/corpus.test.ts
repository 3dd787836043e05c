/** The signed test files of pyHanko: hostile and harmless ones, with the verdict that a careful verifier gives. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { kindOf } from '../../../domain/signing/verify/verdict.ts'
import { verifyPdf } from '../../../domain/signing/verify/verify-pdf.ts'

const folder = join(import.meta.dirname, '../../../../shared/corpora/signed-pdfs')
const isPresent = existsSync(join(folder, 'pyhanko-expected.json'))
if (!isPresent) console.log(`Skipped: the signed PDFs of pyHanko are not at ${folder}.`)

interface Expected {
  file: string
  overall: string
  mustPass: boolean
  mustNot: string[]
  verdicts: { field: string; verdict: string; otherReasons?: string[]; disputed?: string }[]
}

const expected: Expected[] = isPresent ? JSON.parse(readFileSync(join(folder, 'pyhanko-expected.json'), 'utf8')) : []
const files = new Map<string, Uint8Array>()

async function unpack(): Promise<void> {
  const unpacked = extract()
  unpacked.end(gunzipSync(readFileSync(join(folder, 'pyhanko-mit.tar.gz'))))
  for await (const entry of unpacked) {
    const parts: Buffer[] = []
    for await (const part of entry) parts.push(part as Buffer)
    files.set(entry.header.name.replace(/^pyhanko\//, ''), Buffer.concat(parts))
  }
}

const reasonClass = (verdict: string): string | undefined => verdict.split(': ')[1]

describe.skipIf(!isPresent)('signed files of pyHanko', () => {
  beforeAll(unpack)

  test.each(expected.filter(({ mustPass }) => mustPass))('$file: $overall', async ({ file, overall, verdicts }) => {
    const verdict = await verifyPdf(files.get(file) as Uint8Array)
    expect(kindOf(verdict.overall)).toBe(kindOf(overall))
    expect(verdict.signatures.map(({ field, verdict: of }) => [field, kindOf(of)])).toEqual(
      verdicts.map(({ field, verdict: of }) => [field, kindOf(of)]),
    )
    for (const { field, verdict: wanted, otherReasons = [] } of verdicts) {
      const found = verdict.signatures.find((one) => one.field === field)
      expect([reasonClass(wanted), ...otherReasons]).toContain(reasonClass(found?.verdict ?? ''))
    }
  })

  test.each(expected.filter(({ mustNot }) => mustNot.length > 0))('$file is none of $mustNot', async ({ file, mustNot }) => {
    expect(mustNot).not.toContain(kindOf((await verifyPdf(files.get(file) as Uint8Array)).overall))
  })

  test('no file makes the verifier throw', async () => {
    expect(files.size).toBeGreaterThan(100)
    for (const [name, bytes] of files) if (name.endsWith('.pdf')) expect((await verifyPdf(bytes)).overall, name).toBeTypeOf('string')
  })
})
