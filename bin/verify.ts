/** `npm run verify -- <file> [--json]`: verifies a sealed PDF, or any signed PDF. Works offline. */
import { runVerifier } from '../domain/signing/verify/cli.ts'

process.exitCode = await runVerifier(process.argv.slice(2))
