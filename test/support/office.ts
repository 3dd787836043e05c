/** Opens exported files with LibreOffice and poppler, where the machine has them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export const hasLibreOffice = isInstalled('soffice')
export const hasPoppler = isInstalled('pdftotext')
if (!hasLibreOffice || !hasPoppler)
  console.log(
    `Not tested here: ${[!hasLibreOffice && 'LibreOffice (soffice)', !hasPoppler && 'poppler (pdftotext)'].filter(Boolean).join(', ')}.`,
  )

function inTemporaryFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'smartstart-office-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The lines of a Word document as LibreOffice shows them, with numbers. Empty lines and indents are left out. */
export const readByLibreOffice = (docx: Uint8Array): string[] =>
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'file.docx'), docx)
    const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`
    execFileSync(
      'soffice',
      [profile, '--headless', '--convert-to', 'txt:Text (encoded):UTF8', '--outdir', folder, join(folder, 'file.docx')],
      {
        stdio: 'ignore',
      },
    )
    return readFileSync(join(folder, 'file.txt'), 'utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/)
      .map((line) => line.replace(/\s+/g, ' ').trim())
      .filter(Boolean)
  })

/** The text of a PDF as poppler reads it. */
export const readByPoppler = (pdf: Uint8Array): string =>
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'file.pdf'), pdf)
    return execFileSync('pdftotext', ['-layout', join(folder, 'file.pdf'), '-'], { encoding: 'utf8' })
  })

/** What poppler's `pdfsig` says of each signature of a PDF: the name in the certificate, and whether it is valid. */
export const readByPdfsig = (pdf: Uint8Array): { field: string; signer: string; verdict: string; isWhole: boolean }[] =>
  inTemporaryFolder((folder) => {
    writeFileSync(join(folder, 'file.pdf'), pdf)
    const output = execFileSync('pdfsig', ['-nocert', join(folder, 'file.pdf')], { encoding: 'utf8' })
    return output
      .split(/^Signature #\d+:$/m)
      .slice(1)
      .map((part) => ({
        field: /Field Name: (.*)/.exec(part)?.[1] ?? '',
        signer: /Common Name: (.*)/.exec(part)?.[1] ?? '',
        verdict: /Signature Validation: (.*)/.exec(part)?.[1] ?? '',
        isWhole: /^ {2}- Total document signed$/m.test(part),
      }))
  })
