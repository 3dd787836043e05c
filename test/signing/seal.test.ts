/** Sealed PDFs: what their pages say, that poppler calls each signature valid, and that nothing a person enters stops a seal. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderInWorker } from '../../domain/signing/rendering/render-worker.ts'
import { renderPages } from '../../domain/signing/seal/pages/render-pages.ts'
import { isDrawnMark } from '../../domain/signing/seal/pages/mark-image.ts'
import type { PagesInput } from '../../domain/signing/seal/pages/pages-input.ts'
import { sealAgreement } from '../../domain/signing/seal/seal-agreement.ts'
import type { SealedParty, SignatureMark } from '../../domain/signing/seal/seal-input.ts'
import type { SealKeys } from '../../domain/signing/seal/seal-keys.ts'
import { createTimestampAuthority } from '../../domain/signing/seal/timestamp-authority.ts'
import { createAgreement, createContent, createSealKeys, createSigner, createText, drawPng } from '../support/agreements.ts'
import { hasPoppler, readByPdfsig, readByPoppler } from '../support/office.ts'
import { chooseSize } from '../support/random.ts'
import { canTimestamp, startTimestampServer, type TimestampServer } from '../support/timestamp-server.ts'

let keys: SealKeys
beforeAll(async () => {
  keys = await createSealKeys()
})

/** Text without spaces and line breaks: poppler breaks lines where the page does. */
const squeeze = (text: string) => text.replace(/\s+/g, '')
const isPrefix = (one: Uint8Array, other: Uint8Array) => Buffer.from(other.buffer, other.byteOffset, one.length).equals(Buffer.from(one))

/** Renders in this process and keeps what was rendered. */
function keepPages() {
  const kept: { input?: PagesInput; bytes?: Uint8Array } = {}
  const render = async (input: PagesInput) => {
    const pages = await renderPages(input)
    Object.assign(kept, { input, bytes: pages.bytes })
    return pages
  }
  return { kept, render }
}

const strokes: SignatureMark = {
  kind: 'strokes',
  width: 220,
  height: 70,
  strokes: [
    [10, 50, 30, 10, 50, 60, 70, 20],
    [120, 20, 180, 60],
    [5, 5],
  ],
}
const parties: SealedParty[] = [
  createSigner(1, { name: 'Ann Example', mark: { kind: 'typed', text: 'Ann Example' } }),
  createSigner(2, { name: 'Łukasz Ångström-Müller', mark: { kind: 'drawn', png: drawPng() }, onBehalfOf: 'Example GmbH' }),
  createSigner(3, { name: 'Пётр Ильич', mark: strokes }),
  createSigner(4, { name: 'Walter Witness', role: 'witness', witnessOf: 'Ann Example' }),
  createSigner(5, { role: 'approver', outcome: 'approved', mark: undefined, group: 'Board (1 of 2)' }),
  createSigner(6, { role: 'copy', outcome: 'informed', mark: undefined, actedAt: undefined, audit: undefined }),
]

describe('an agreement with three signers, a witness, an approver and a copy', () => {
  const input = createAgreement(parties)

  test.skipIf(!hasPoppler)('poppler calls every signature valid, and the last one covers the whole file', async () => {
    const { pdf, sha256, warnings } = await sealAgreement(input, keys)
    expect(warnings).toEqual([])
    expect(sha256).toBe(createHash('sha256').update(pdf).digest('hex'))
    const valid = (field: string, signer: string, isWhole = false) => ({ field, signer, verdict: 'Signature is Valid.', isWhole })
    expect(readByPdfsig(pdf)).toEqual([
      valid('Signature 1', 'Ann Example'),
      valid('Signature 2', 'Łukasz Ångström-Müller'),
      valid('Signature 3', 'Пётр Ильич'),
      valid('Signature 4', 'Walter Witness'),
      valid('Seal', 'SmartStart seal', true),
    ])
  })

  test.skipIf(!hasPoppler)('its pages say who signed what, when, and how', async () => {
    const { pdf, certificates } = await sealAgreement(input, keys)
    const text = squeeze(readByPoppler(pdf))
    expect(Object.keys(certificates)).toEqual(parties.slice(0, 4).map(({ id }) => id))
    const shown = [
      'between Example GmbH and the other parties',
      '2.1 Each party keeps confidential',
      input.envelope.id,
      input.document.hash,
      'Пётр Ильич',
      'on behalf of Example GmbH',
      'Signed 2026-11-29 10:05:00 UTC',
      'Witness of Ann Example',
      'Board (1 of 2)',
      'Approver: approved',
      'link and code by e-mail',
      'signer3@example.org',
      'version 2026-11-01',
      '192.0.2.7',
      String(parties[2]?.audit?.hash),
      'not a qualified signature',
      'https://smartstart.example.org/api/legal/authority',
      keys.root.keyFingerprint,
      ...Object.values(certificates).map(({ serial }) => serial),
    ]
    for (const words of shown) expect(text).toContain(squeeze(words))
  })

  test('each signature leaves the bytes before it unchanged, and takes less than 8 KB', async () => {
    const { kept, render } = keepPages()
    const sealed = await sealAgreement(input, keys, { render })
    const pages = kept.bytes as Uint8Array
    expect(isPrefix(pages, sealed.pdf)).toBe(true)
    expect((sealed.pdf.length - pages.length) / 5).toBeLessThan(8 * 1024)
  })

  test('the same input gives the same pages, in the worker process too', async () => {
    const { kept, render } = keepPages()
    await sealAgreement(input, keys, { render })
    const pages = kept.input as PagesInput
    expect(Buffer.from((await renderPages(pages)).bytes).equals(kept.bytes as Uint8Array)).toBe(true)
    expect(Buffer.from((await renderInWorker(pages)).bytes).equals(kept.bytes as Uint8Array)).toBe(true)
  })

  test('another text than the one that was signed is not sealed', async () => {
    const other = { ...input, document: { ...input.document, text: input.document.text.replace('confidential', 'public') } }
    await expect(sealAgreement(other, keys)).rejects.toThrow('does not have the hash')
  })
})

describe('nothing that a person enters stops a seal', () => {
  const names = [
    ['Han and Hangul, which no font here has', '王小明 한글'],
    ['Arabic', 'محمد بن سلمان'],
    ['Hebrew with Latin', 'Dana דנה Levi'],
    ['Thai', 'สมชาย'],
    ['emoji', '🙂 Ann 👩‍👩‍👧'],
    ['a right-to-left override', 'Ann \u202enoissimrep on\u202c'],
    ['combining marks', `A${'\u0301'.repeat(400)}`],
    ['5,000 letters without a space', 'W'.repeat(5000)],
    ['5,000 letters from the right', 'ש'.repeat(5000)],
    ['controls and a lone surrogate', 'A\u0000\u0007\ud800B'],
    ['nothing', ''],
    ['markup', '<b>&amp;</b> {{name}} \\n %PDF-1.7 endobj'],
  ] as const

  test.each(names)('a name: %s', async (_, name) => {
    const everywhere = {
      name,
      email: name,
      method: name,
      userAgent: name,
      address: name,
      witnessOf: name,
      delegatedBy: name,
      onBehalfOf: name,
    }
    const party = createSigner(1, { ...everywhere, group: name, reason: name, mark: { kind: 'typed', text: name } })
    const input = createAgreement([party])
    const { pdf } = await sealAgreement({ ...input, envelope: { ...input.envelope, title: name, sender: name } }, keys)
    if (!hasPoppler) return
    expect(readByPdfsig(pdf).map(({ verdict }) => verdict)).toEqual(['Signature is Valid.', 'Signature is Valid.'])
    const text = readByPoppler(pdf)
    for (const hidden of ['\u202e', '\u0007']) expect(text).not.toContain(hidden)
    expect(squeeze(text)).toContain('Certificateofsigning')
  })

  test('missing letters are named in a warning', async () => {
    const { warnings } = await sealAgreement(createAgreement([createSigner(1, { name: '王小明' })]), keys)
    expect(warnings).toEqual([expect.stringContaining('王')])
  })

  const png = drawPng()
  const flipped = Uint8Array.from(png, (byte, at) => (at === 60 ? byte ^ 1 : byte))
  const huge = Uint8Array.from(png)
  huge.set([0, 1, 0, 0, 0, 1, 0, 0], 16)
  const marks: [string, SignatureMark][] = [
    ['no image', { kind: 'drawn', png: new TextEncoder().encode('<script>alert(1)</script>') }],
    ['an empty image', { kind: 'drawn', png: new Uint8Array() }],
    ['an image that is cut off', { kind: 'drawn', png: png.subarray(0, png.length - 20) }],
    ['an image with a flipped bit', { kind: 'drawn', png: flipped }],
    ['an image that claims 4 gigapixels', { kind: 'drawn', png: huge }],
    ['no strokes', { kind: 'strokes', width: 100, height: 40, strokes: [] }],
    ['strokes in a box without width', { kind: 'strokes', width: 0, height: 40, strokes: [[1, 2, 3, 4]] }],
    ['strokes of no numbers', { kind: 'strokes', width: 100, height: 40, strokes: [[Number.NaN, 1, Number.POSITIVE_INFINITY, 2]] }],
  ]
  test.each(marks)('a mark: %s', async (_, mark) => {
    const { warnings, pdf } = await sealAgreement(createAgreement([createSigner(1, { mark })]), keys)
    expect(warnings).toEqual(['The drawn signature of Signer Number 1 cannot be shown: its name is shown instead.'])
    expect(pdf.length).toBeGreaterThan(10_000)
  })

  test('a PNG is a mark only when all of it is whole', () => {
    expect(isDrawnMark(png)).toBe(true)
    for (let at = 0; at < png.length; at += 7) expect(isDrawnMark(png.subarray(0, at))).toBe(false)
    for (let at = 0; at < png.length; at += 5)
      expect(isDrawnMark(Uint8Array.from(png, (byte, place) => (place === at ? byte ^ 4 : byte)))).toBe(false)
  })

  test('a text with everything that documents may hold', async () => {
    const { content = [] } = createContent(4)
    const cell = (type: string) => ({ type, content: [{ type: 'paragraph', content: [{ type: 'text', text: 'Cell' }] }] })
    const text = createText({
      type: 'doc',
      content: [
        ...content,
        {
          type: 'table',
          content: [
            { type: 'tableRow', content: [cell('tableHeader'), cell('tableHeader')] },
            { type: 'tableRow', content: [cell('tableCell'), cell('tableCell')] },
          ],
        },
        {
          type: 'paragraph',
          attrs: { suggestion: { kind: 'insert', author: 'x', at: '2026-01-01T00:00:00.000Z' } },
          content: [{ type: 'variable', attrs: { name: 'absent' } }],
        },
        { type: 'bulletList', content: [{ type: 'listItem', content: [{ type: 'paragraph' }] }] },
        { type: 'unknownNode' },
      ],
    })
    const { pdf } = await sealAgreement(createAgreement([createSigner(1)], text), keys)
    if (hasPoppler) expect(squeeze(readByPoppler(pdf))).toContain('{{absent}}')
  })
})

test('many signers: each signature is valid and takes less than 8 KB', async () => {
  const count = chooseSize(12, 50)
  const { kept, render } = keepPages()
  const { pdf } = await sealAgreement(createAgreement(Array.from({ length: count }, (_, at) => createSigner(at + 1))), keys, { render })
  expect((pdf.length - (kept.bytes as Uint8Array).length) / (count + 1)).toBeLessThan(8 * 1024)
  if (hasPoppler) expect(readByPdfsig(pdf).filter(({ verdict }) => verdict === 'Signature is Valid.')).toHaveLength(count + 1)
})

describe.skipIf(!canTimestamp)('a timestamp authority', () => {
  let authority: TimestampServer
  beforeAll(async () => {
    authority = await startTimestampServer()
  })
  afterAll(() => authority.stop())
  const seal = () => sealAgreement(createAgreement([createSigner(1)]), keys, { timestamp: createTimestampAuthority(authority.url) })

  test('dates the file after the signatures', async () => {
    authority.answer = undefined
    const { pdf } = await seal()
    expect(Buffer.from(pdf).includes('/ETSI.RFC3161')).toBe(true)
    if (!hasPoppler) return
    const signatures = readByPdfsig(pdf)
    expect(signatures.map(({ field, isWhole }) => ({ field, isWhole }))).toEqual([
      { field: 'Signature 1', isWhole: false },
      { field: 'Seal', isWhole: false },
      { field: 'Timestamp', isWhole: true },
    ])
    expect(signatures.slice(0, 2).map(({ verdict }) => verdict)).toEqual(['Signature is Valid.', 'Signature is Valid.'])
    expect(squeeze(readByPoppler(pdf))).toContain('Atimestampofathirdparty')
  })

  test.each([
    ['refuses', (response) => response.writeHead(503).end()],
    ['answers something else', (response) => response.end('<html></html>')],
    ['answers nothing', (response) => response.end()],
    ['answers too much', (response) => response.end(Buffer.alloc(1_000_000))],
    ['hangs up', (response) => response.destroy()],
    ['redirects', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ] as [string, NonNullable<TimestampServer['answer']>][])('that %s stops the seal with words for an administrator', async (_, answer) => {
    authority.answer = answer
    await expect(seal()).rejects.toThrow(/^The (answer of the )?timestamp authority /)
  })

  test('the answer to an earlier request is refused', async () => {
    authority.answer = undefined
    const digest = new Uint8Array(createHash('sha256').update('x').digest())
    let first: Buffer | undefined
    const relay = createTimestampAuthority(authority.url)
    await relay.timestamp(digest, 'SHA-256')
    authority.answer = (response, request) => {
      first ??= request
      const kept = first
      authority.answer = undefined
      fetch(authority.url, { method: 'POST', body: new Uint8Array(kept) })
        .then((real) => real.arrayBuffer())
        .then((bytes) => response.end(Buffer.from(bytes)))
        .catch(() => response.destroy())
    }
    const replay = authority.answer
    await relay.timestamp(digest, 'SHA-256')
    authority.answer = replay
    await expect(relay.timestamp(digest, 'SHA-256')).rejects.toThrow('it answers another request')
  })
})
