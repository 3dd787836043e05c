/** A file with three signatures, changed at random in every way: it is never valid as a whole. */
import { beforeAll, expect, test } from 'vitest'
import { isValid } from '../../../domain/signing/verify/verdict.ts'
import { verifyPdf } from '../../../domain/signing/verify/verify-pdf.ts'
import { chooseSize, createRandom, readSeed } from '../../support/random.ts'
import { createTestRoot, samplePdf } from '../../support/signed-pdf.ts'

const count = chooseSize(400, 10_000)
/** The full size takes a minute of a free core. */
const timeoutMs = chooseSize(120_000, 30 * 60_000)
let sealed: Uint8Array
let signatureValues: [number, number][]

beforeAll(async () => {
  const root = await createTestRoot('SmartStart signing root 1a2b3c4d')
  sealed = samplePdf()
  for (const name of ['Ann', 'Bob', 'Zoë Łukasz']) sealed = await root.sign(sealed, name)
  const text = Buffer.from(sealed).toString('latin1')
  signatureValues = [...text.matchAll(/\/Contents\s*<([0-9A-Fa-f]+)>/g)].map((match) => {
    const start = match.index + match[0].length - (match[1]?.length ?? 0) - 2
    return [start, start + (match[1]?.length ?? 0) + 2]
  })
})

test('the file itself is valid, its earlier signatures with later changes', async () => {
  const { signatures, overall } = await verifyPdf(sealed)
  expect(signatures.map(({ verdict, field }) => [field, verdict])).toEqual([
    ['Ann', 'valid, later allowed changes'],
    ['Bob', 'valid, later allowed changes'],
    ['Zoë Łukasz', 'valid'],
  ])
  expect(overall).toBe('valid, later allowed changes')
  expect(signatureValues).toHaveLength(3)
})

type Mutate = (bytes: Uint8Array, at: number, random: () => number) => Uint8Array
const concat = (...parts: Uint8Array[]): Uint8Array => Buffer.concat(parts)
const mutations: Record<string, Mutate> = {
  flip: (bytes, at, random) => {
    const changed = Uint8Array.from(bytes)
    changed[at] = (changed[at] as number) ^ (1 << Math.floor(random() * 8))
    return changed
  },
  insert: (bytes, at, random) => concat(bytes.subarray(0, at), Uint8Array.of(Math.floor(random() * 256)), bytes.subarray(at)),
  delete: (bytes, at, random) => concat(bytes.subarray(0, at), bytes.subarray(at + 1 + Math.floor(random() * 8))),
  swap: (bytes, at, random) => {
    const changed = Uint8Array.from(bytes)
    const other = Math.floor(random() * bytes.length)
    ;[changed[at], changed[other]] = [bytes[other] as number, bytes[at] as number]
    return changed
  },
  truncate: (bytes, at) => bytes.subarray(0, at),
  append: (bytes, _at, random) =>
    concat(
      bytes,
      Uint8Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 256)),
    ),
}

/** A changed file may not pass as the whole that was sealed: it is not valid, or it is said how many bytes no signature covers. */
async function isMissed(bytes: Uint8Array): Promise<{ overall: string; missed: boolean }> {
  const { overall, uncoveredBytes, signatures } = await verifyPdf(bytes)
  const isWholeValid = isValid(overall) && uncoveredBytes === 0
  return { overall, missed: overall === 'valid' || isWholeValid || signatures.some(({ verdict }) => verdict === 'valid') }
}

test(
  `${count} changed files are not valid`,
  async () => {
    const seed = readSeed('mutations of a sealed file')
    const random = createRandom(seed)
    const names = Object.keys(mutations)
    const ends = (await verifyPdf(sealed)).signatures.map(({ coverage }) => sealed.length - coverage.bytesAfter)
    const missed: string[] = []
    const verdicts = new Map<string, number>()
    for (let round = 0; round < count; round++) {
      const name = names[round % names.length] as string
      // half of the changes are in signature values: no hash covers them
      const [start, end] = random() < 0.5 ? (signatureValues[Math.floor(random() * 3)] as [number, number]) : [0, sealed.length]
      const at = start + Math.floor(random() * (end - start))
      const changed = (mutations[name] as Mutate)(sealed, at, random)
      if (Buffer.compare(changed, sealed) === 0) continue
      const { overall, missed: isMiss } = await isMissed(changed)
      verdicts.set(overall, (verdicts.get(overall) ?? 0) + 1)
      // a file that is cut at the end of an earlier revision is what the earlier signatures were made for
      if (isMiss && !(name === 'truncate' && ends.includes(at))) missed.push(`${name} at ${at}: ${overall}`)
    }
    console.log([...verdicts].map(([verdict, times]) => `${verdict} ${times}`).join(', '))
    expect(missed).toEqual([])
  },
  timeoutMs,
)

test(
  'every digit of a signature value matters',
  async () => {
    const [start, end] = signatureValues[2] as [number, number]
    const step = chooseSize(97, 11)
    const missed: string[] = []
    for (let at = start; at < end; at += step) {
      for (const bit of [1, 2, 4, 8, 16, 32]) {
        const changed = Uint8Array.from(sealed)
        changed[at] = (changed[at] as number) ^ bit
        const { overall, missed: isMiss } = await isMissed(changed)
        if (isMiss || isValid(overall)) missed.push(`${at} ^ ${bit}: ${overall}`)
      }
    }
    expect(missed).toEqual([])
  },
  timeoutMs,
)
