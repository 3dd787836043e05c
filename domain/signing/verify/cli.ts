/** The verifier as a command: `<file> [--json]`. Exits with 0 only where the file is valid. Plain Node runs it, without a server. */
import { readFileSync } from 'node:fs'
import { describeVerdict } from './description.ts'
import { isValid } from './verdict.ts'
import { verifyFile } from './verify-file.ts'

const usage = 'Usage: verify <file> [--json]'

/** Verifies the file that the arguments name, and prints the verdict. @returns the exit code: 0 valid, 1 not valid, 2 not verified */
export async function runVerifier(args: string[], print: (text: string) => void = console.log): Promise<number> {
  const files = args.filter((argument) => !argument.startsWith('--'))
  const unknown = args.find((argument) => argument.startsWith('--') && argument !== '--json')
  const [path] = files
  if (path === undefined || files.length > 1 || unknown) {
    print(unknown ? `Unknown option ${unknown}. ${usage}` : usage)
    return 2
  }
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    print(`${path} cannot be read: ${(error as Error).message}`)
    return 2
  }
  const verdict = await verifyFile(bytes)
  if (args.includes('--json')) {
    const signatures = verdict.signatures.map(({ field, verdict: of, reason }) => ({ field, verdict: of, reason }))
    print(JSON.stringify({ overall: verdict.overall, signatures }, null, 2))
  } else print(describeVerdict(verdict, bytes.length))
  return isValid(verdict.overall) ? 0 : 1
}
