import { expect, test } from 'vitest'
import { toFileName } from '../../domain/conversion/export/file-name.ts'

test.each([
  ['Founders: "agreement"/2', 'Founders agreement 2.pdf'],
  ['  .hidden. ', 'hidden.pdf'],
  ['CON', '_CON.pdf'],
  ['com1.draft', '_com1.draft.pdf'],
  ['Console', 'Console.pdf'],
  ['invoice\u202efdp.exe', 'invoicefdp.exe.pdf'],
  ['line\u2028break\u0007', 'line break.pdf'],
  ['...', 'document.pdf'],
  ['', 'document.pdf'],
  ['a\ud800b', 'a\ufffdb.pdf'],
])('%j becomes a file name that every system takes', (title, name) => {
  expect(toFileName(title, '.pdf')).toBe(name)
})

test('a long title is cut between characters, so that the name has at most 255 bytes', () => {
  for (const character of ['x', 'é', '契', '👩‍👩‍👧', 'n\u0303'.repeat(1)]) {
    const name = toFileName(character.repeat(300), ' (changes).docx')
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
    expect(Buffer.byteLength(name)).toBeGreaterThan(255 - Buffer.byteLength(character))
    expect(name.slice(0, -' (changes).docx'.length).replaceAll(character.normalize('NFC'), '')).toBe('')
  }
})
