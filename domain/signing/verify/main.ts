/** Entry module of `verify.mjs`, the verifier in evidence bundles, which plain Node runs. */
import { runVerifier } from './cli.ts'

process.exitCode = await runVerifier(process.argv.slice(2))
