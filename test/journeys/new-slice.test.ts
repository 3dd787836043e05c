/** `npm run new-slice` in a copy of the repository: the generated slice passes the architecture rules and its tests. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const copy = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'new-slice-'))
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const run = (...command: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: copy, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

test('a generated slice passes the architecture rules, its own test and the access tests unchanged', { timeout: 300_000 }, () => {
  const skippedNames = ['node_modules', 'data', '.git', 'dist', 'coverage']
  for (const name of readdirSync(root))
    if (!skippedNames.includes(name))
      cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.endsWith('web/dist') })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

  expect(run('bin/new-slice.ts', 'pitches', 'pitch-deck')).toMatchObject({
    status: 0,
    output: expect.stringContaining('domain/pitches/slice.ts'),
  })
  expect(run('bin/new-slice.ts', 'pitches', 'pitch-deck')).toMatchObject({
    status: 1,
    output: expect.stringContaining('domain/pitches exists'),
  })
  const files = ['test/house.test.ts', 'test/domain/pitches.test.ts', 'test/domain/access.test.ts']
  const result = run('node_modules/vitest/vitest.mjs', 'run', ...files, '-t', 'pitch|holds|every|generate')
  expect(result.output).toContain('3 passed')
  expect(result.status, result.output).toBe(0)
})
