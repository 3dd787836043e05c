/** Verification of files by anybody, with or without an account. */
import { z } from 'zod'
import { query } from '../kernel/operation.ts'
import { allowAnyone } from '../kernel/permission.ts'
import type { FileVerdict } from './verify/verdict.ts'
import { verifyInWorker } from './verify/worker/verify-worker.ts'

/** Verifies the signatures of a file. Nothing of it is kept. */
export const verifyUploadedFile = query('signing.verifyFile', {
  input: { bytes: z.instanceof(Uint8Array), address: z.string().default('') },
  authorize: allowAnyone,
  execute: ({ actor }, { bytes, address }): Promise<FileVerdict> => verifyInWorker(actor.id ?? address, bytes),
})
