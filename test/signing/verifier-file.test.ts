/** The verifier as one file: plain Node runs it, away from the installation, on sealed files and on bundles. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildBundle } from '../../domain/signing/bundle/build-bundle.ts'
import { readZip } from '../../domain/signing/bundle/canonical-zip.ts'
import { bundleFiles } from '../../domain/signing/bundle/bundle-format.ts'
import { readVerifier } from '../../domain/signing/bundle/verifier-file.ts'
import { createAgreement, createSealKeys, createSigner } from '../support/agreements.ts'
import { createEvidence } from '../support/evidence.ts'

const folder = mkdtempSync(join(tmpdir(), 'smartstart-verifier-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let bundle: Uint8Array
beforeAll(async () => {
  const keys = await createSealKeys()
  const input = await createEvidence(createAgreement([createSigner(1), createSigner(2)]), keys, { verifier: await readVerifier() })
  bundle = await buildBundle(input, keys)
  // as a stranger has it: the verifier from the bundle, and nothing of the installation
  writeFileSync(join(folder, 'verify.mjs'), readZip(bundle).get(bundleFiles.verifier) as Uint8Array)
})

/** Runs the verifier in an empty folder without environment. */
function run(name: string, bytes: Uint8Array | undefined, ...options: string[]): Promise<{ code: number; output: string }> {
  if (bytes) writeFileSync(join(folder, name), bytes)
  return new Promise((resolve) => {
    execFile(process.execPath, ['verify.mjs', name, ...options], { cwd: folder, env: {} }, (error, output, errors) =>
      resolve({ code: Number(error?.code ?? 0), output: `${output}${errors}` }),
    )
  })
}

test('a bundle is valid, in words and as JSON', async () => {
  const words = await run('whole.zip', bundle)
  expect(words.code).toBe(0)
  expect(words.output).toMatch(/^Verdict: valid\n/)
  const { code, output } = await run('whole.zip', undefined, '--json')
  expect(code).toBe(0)
  expect(JSON.parse(output)).toEqual({
    overall: 'valid',
    signatures: ['Signature 1', 'Signature 2', 'Seal'].map((field) => ({
      field,
      verdict: field === 'Seal' ? 'valid' : 'valid, later allowed changes',
      reason: expect.any(String),
    })),
  })
})

test('a changed bundle is not', async () => {
  for (const at of [200, 40_000, bundle.length - 1]) {
    const changed = Uint8Array.from(bundle, (byte, place) => (place === at ? byte ^ 1 : byte))
    const { code, output } = await run('changed.zip', changed)
    expect(code).toBe(1)
    expect(output).toMatch(/^Verdict: invalid: bundle changed\n/)
  }
  expect((await run('appended.zip', Buffer.concat([bundle, Buffer.from([0])]))).code).toBe(1)
})

test('the sealed file of the bundle is valid by itself', async () => {
  const pdf = readZip(bundle).get(bundleFiles.pdf) as Uint8Array
  expect(await run('agreement.pdf', pdf)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^Verdict: valid, later allowed changes\n/),
  })
  expect(
    (
      await run(
        'changed.pdf',
        Uint8Array.from(pdf, (byte, at) => (at === 3000 ? byte ^ 1 : byte)),
      )
    ).code,
  ).toBe(1)
})

test('a file that is missing is not verified', async () => {
  expect((await run('absent.zip', undefined)).code).toBe(2)
})
