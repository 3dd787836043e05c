/** Timestamps (RFC 3161): of the whole document, or of a signature value. */
import { hashName, hashParts, readAlgorithm } from './algorithms.ts'
import { BerError, octetsOf, readBer, sequenceOf, timeOf } from './ber.ts'
import type { Certificate } from './certificate.ts'
import { attributeOids, readSignedData, type SignedData, type SignerInfo } from './signed-data.ts'
import { judgeSigner, type SignerJudgement, unlessUnsupported } from './signer-info.ts'
import { type Fault, sortFaults, type TimestampVerdict, verdictOf } from '../verdict.ts'
import { rawOf } from './ber.ts'

const timestampInfoOid = '1.2.840.113549.1.9.16.1.4'
/** Timestamps of one signature value. */
const maxTimestamps = 20

export interface TimestampJudgement extends SignerJudgement {
  time: string | undefined
}

/** Judges a timestamp token over data. @throws BerError where the token is damaged */
export function judgeTimestamp(token: SignedData, data: Uint8Array[], otherCertificates: Certificate[]): TimestampJudgement {
  if (token.contentType !== timestampInfoOid || !token.content) throw new BerError('no timestamp')
  const judgement = judgeSigner(token, [token.content], otherCertificates)
  const [, , imprint, , time] = sequenceOf(readBer(token.content))
  const fault = unlessUnsupported(() => checkImprint(sequenceOf(imprint), data))
  return { ...judgement, time: timeOf(time), faults: fault ? [fault, ...judgement.faults] : judgement.faults }
}

/** The imprint in the timestamp is the hash of the data: a token that was copied from elsewhere has another. */
function checkImprint([algorithm, hash]: ReturnType<typeof sequenceOf>, data: Uint8Array[]): Fault | undefined {
  if (Buffer.compare(octetsOf(hash), hashParts(hashName(readAlgorithm(algorithm)), data)) === 0) return undefined
  return { class: 'digest mismatch', text: 'The timestamp is of other bytes.' }
}

/** Judges the timestamps that a signature value carries over itself. */
export function judgeSignatureTimestamps(info: SignerInfo, otherCertificates: Certificate[]): TimestampVerdict[] {
  const tokens = info.unsignedAttributes.get(attributeOids.timestampToken) ?? []
  return tokens.slice(0, maxTimestamps).map((element) => {
    try {
      const { faults, signer, time } = judgeTimestamp(readSignedData(rawOf(element)), [info.signature], otherCertificates)
      const [fault] = sortFaults(faults)
      return { time: time ?? null, authority: signer?.commonName ?? null, verdict: fault ? verdictOf(fault) : 'valid' }
    } catch (error) {
      if (!(error instanceof BerError)) throw error
      return { time: null, authority: null, verdict: 'cannot judge: malformed signature value' }
    }
  })
}
