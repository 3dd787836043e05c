/** Sealing a completed envelope: an effect of its completion, which can be repeated any number of times. */
import { z } from 'zod'
import { deleteStoredFile, readStoredFile, retainFile, storeFile } from '../../files/file-store.ts'
import { newId } from '../../kernel/entity.ts'
import { DomainError } from '../../kernel/errors.ts'
import { command, type CommandContext, type PreparationContext, type QueryContext } from '../../kernel/operation.ts'
import { requireSystem } from '../../kernel/permission.ts'
import { requireEnvelopeOwner } from '../access.ts'
import { openSealKeys, storeSignerCertificates } from '../authority/authority.ts'
import { type EnvelopeDetails, readDetails } from '../details.ts'
import { Envelope, envelopeInput, envelopeSubject, findEnvelope } from '../envelope.ts'
import { EnvelopeSealed, SealRequested } from '../events.ts'
import { renderInWorker } from '../rendering/render-worker.ts'
import { sealAgreement, type SealedAgreement } from '../seal/seal-agreement.ts'
import type { SealKeys } from '../seal/seal-keys.ts'
import { createTimestampAuthority } from '../seal/timestamp-authority.ts'
import { readAgreement } from './agreement-reader.ts'

/** The kinds of files that are made of a completed envelope. */
export const fileKinds = ['sealed'] as const
export type FileKind = (typeof fileKinds)[number]

/** The stored file of an envelope, if it was made. */
export const findFile = (view: QueryContext, envelope: string, kind: FileKind) =>
  view.db.selectFrom('envelope_file').selectAll().where('envelope', '=', envelope).where('kind', '=', kind).executeTakeFirst()

/** Whether the sealed file of an envelope can be read. */
async function hasReadableFile(view: QueryContext, envelope: string): Promise<boolean> {
  const file = await findFile(view, envelope, 'sealed')
  return (
    file !== undefined &&
    readStoredFile(view, file.file).then(
      () => true,
      () => false,
    )
  )
}

interface Sealed {
  file: string
  keys: SealKeys
  agreement: SealedAgreement
}

/** Makes the sealed file of a completed envelope, unless there is one. */
export const sealEnvelope = command('signing.sealEnvelope', {
  input: { envelopeId: z.uuid() },
  authorize: requireSystem,
  async prepare(view, { envelopeId }): Promise<Sealed | undefined> {
    const envelope = await view.em.findOne(Envelope, envelopeId)
    if (envelope?.state !== 'completed' || (await hasReadableFile(view, envelopeId))) return undefined
    return makeFile(view, envelope)
  },
  async execute(work, { envelopeId }, sealed): Promise<void> {
    if (sealed) await recordFile(work, envelopeId, sealed)
  },
})

async function makeFile(view: PreparationContext, envelope: Envelope): Promise<Sealed> {
  const input = await readAgreement(view, envelope)
  const keys = await openSealKeys(view)
  const { timestampUrl, fontsDir } = view.ports
  const timestamp = timestampUrl === undefined ? undefined : createTimestampAuthority(timestampUrl)
  const agreement = await sealAgreement(input, keys, { timestamp, render: renderInWorker, fontsDir })
  const file = newId()
  await storeFile(view, file, [agreement.pdf])
  return { file, keys, agreement }
}

/** Records the file. Of two that were made at once, the first stays. */
async function recordFile(work: CommandContext, envelopeId: string, { file, keys, agreement }: Sealed): Promise<void> {
  const { sha256, warnings, certificates } = agreement
  if (await hasReadableFile(work, envelopeId)) return deleteStoredFile(work, file)
  const row = { file, sha256, made_at: work.now, warnings: JSON.stringify(warnings) }
  await work.db
    .insertInto('envelope_file')
    .values({ envelope: envelopeId, kind: 'sealed', ...row })
    .onConflict((lost) => lost.columns(['envelope', 'kind']).doUpdateSet(row))
    .execute()
  await retainFile(work, file)
  await storeSignerCertificates(work, keys.root, Object.values(certificates))
  const { document } = await findEnvelope(work, envelopeId)
  const subject = envelopeSubject({ id: envelopeId })
  work.emit(EnvelopeSealed, { subject, audience: [subject], data: { envelopeId, documentId: document, sha256 } })
}

/** Envelopes that one run of the schedule looks at. */
const batchSize = 50

/** Asks again for the files that are missing, as after a lost key or a full disk. */
export const sealMissing = command('signing.sealMissing', {
  input: {},
  authorize: requireSystem,
  async execute(work): Promise<void> {
    const rows = await work.db
      .selectFrom('envelope')
      .leftJoin('envelope_file', 'envelope_file.envelope', 'envelope.id')
      .select('envelope.id')
      .where('envelope.state', '=', 'completed')
      .where('envelope_file.file', 'is', null)
      .orderBy('envelope.ended_at')
      .limit(batchSize)
      .execute()
    for (const { id } of rows) emitRequest(work, id)
  },
})

function emitRequest(work: CommandContext, envelopeId: string): void {
  const subject = envelopeSubject({ id: envelopeId })
  work.emit(SealRequested, { subject, audience: [subject], data: { envelopeId } })
}

/** Asks for the sealed file of a completed envelope again. Nothing happens where it can be read. */
export const requestSeal = command('signing.requestSeal', {
  input: envelopeInput,
  authorize: requireEnvelopeOwner,
  async execute(work, { id }): Promise<EnvelopeDetails> {
    const envelope = await findEnvelope(work, id)
    if (envelope.state !== 'completed') throw new DomainError('conflict', 'Only a completed envelope has a sealed file.')
    emitRequest(work, id)
    return readDetails(work, envelope)
  },
})
