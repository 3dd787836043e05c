/** Downloads: the sealed file of a completed envelope, and the text that was sent as a PDF. */
import { z } from 'zod'
import { renderDocumentFile } from '../../conversion/export/document-file.ts'
import { toFileName } from '../../conversion/export/file-name.ts'
import { readStoredFile } from '../../files/file-store.ts'
import { DomainError } from '../../kernel/errors.ts'
import { query } from '../../kernel/operation.ts'
import { requireEnvelopeReader } from '../access.ts'
import { documentSubject, envelopeInput, findEnvelope } from '../envelope.ts'
import { assertReadable } from '../reading.ts'
import { fileKinds, findFile } from './seal-envelope.ts'

/** A file to be saved. */
export interface EnvelopeFile {
  bytes: Uint8Array
  name: string
  type: string
}

/** Reads a file of a completed envelope. @throws DomainError conflict before completion, unavailable while it is being made */
export const downloadFile = query('signing.downloadFile', {
  input: { ...envelopeInput, kind: z.enum(fileKinds) },
  authorize: requireEnvelopeReader,
  async execute(view, { id, kind }): Promise<EnvelopeFile> {
    const envelope = await findEnvelope(view, id)
    if (envelope.state !== 'completed') throw new DomainError('conflict', 'This envelope is not complete yet.')
    const file = await findFile(view, id, kind)
    if (!file) throw new DomainError('unavailable', 'The file is being made. Try again soon.', { retryAfter: 5 })
    const bytes = Buffer.concat(await readStoredFile(view, file.file))
    return { bytes, name: toFileName(envelope.title, ' (signed).pdf'), type: 'application/pdf' }
  },
})

/** Reads the text that was sent, as a PDF without signatures. */
export const downloadText = query('signing.downloadText', {
  input: envelopeInput,
  authorize: requireEnvelopeReader,
  async execute(view, { id }): Promise<EnvelopeFile> {
    const envelope = await findEnvelope(view, id)
    await assertReadable(view, envelope)
    const bytes = await renderDocumentFile(view, { documentName: documentSubject(envelope), at: envelope.seq ?? undefined, format: 'pdf' })
    return { bytes, name: toFileName(envelope.title, '.pdf'), type: 'application/pdf' }
  },
})
