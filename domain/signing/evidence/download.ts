/** The evidence bundle of an envelope, made when it is asked for. */
import { toFileName } from '../../conversion/export/file-name.ts'
import { readStoredFile } from '../../files/file-store.ts'
import { DomainError } from '../../kernel/errors.ts'
import { command, type PreparationContext } from '../../kernel/operation.ts'
import { requireEnvelopeOwner } from '../access.ts'
import { openSealKeys } from '../authority/authority.ts'
import { buildBundle } from '../bundle/build-bundle.ts'
import { envelopeInput, findEnvelope } from '../envelope.ts'
import type { EnvelopeFile } from '../sealing/download.ts'
import { findFile } from '../sealing/seal-envelope.ts'
import { verifyPdf } from '../verify/verify-pdf.ts'
import { readEvidence } from './evidence-reader.ts'

/**
 * Builds the bundle of a completed envelope. It contains the drafting history, so only owners of the document have it.
 * @throws DomainError conflict before completion, unavailable while the sealed file is being made or where the key is lost
 */
export const downloadEvidence = command('signing.downloadEvidence', {
  input: envelopeInput,
  authorize: requireEnvelopeOwner,
  prepare: (view, { id }): Promise<EnvelopeFile> => makeBundle(view, id),
  execute: async (_work, _input, bundle): Promise<EnvelopeFile> => bundle,
})

async function makeBundle(view: PreparationContext, id: string): Promise<EnvelopeFile> {
  const envelope = await findEnvelope(view, id)
  if (envelope.state !== 'completed') throw new DomainError('conflict', 'This envelope is not complete yet.')
  const file = await findFile(view, id, 'sealed')
  if (!file) throw new DomainError('unavailable', 'The sealed file is being made. Try again soon.', { retryAfter: 5 })
  const pdf = new Uint8Array(Buffer.concat(await readStoredFile(view, file.file)))
  const { signatures } = await verifyPdf(pdf, { sealed: true })
  const keys = await openSealKeys(view)
  const bytes = await buildBundle(await readEvidence(view, envelope, keys, { pdf, signatures }), keys)
  return { bytes, name: toFileName(envelope.title, ' (evidence).zip'), type: 'application/zip' }
}
