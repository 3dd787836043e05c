/** The verifier as one file, which `bin/build-verifier.ts` builds together with the workspace. */
import { readFile } from 'node:fs/promises'
import { DomainError } from '../../kernel/errors.ts'

const path = new URL('../../../web/dist/verify.mjs', import.meta.url)

/** Reads it. @throws DomainError unavailable where it was not built */
export async function readVerifier(): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    throw new DomainError('unavailable', 'The verifier is missing from this installation: run npm start, which builds it.', { cause })
  }
}
