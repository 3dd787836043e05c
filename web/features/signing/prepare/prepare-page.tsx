import type { Envelope } from '../../../lib/api-types.ts'
import { EnvelopeHeader } from '../envelope-header.tsx'

/** An envelope that was not sent: its parties, their order, and the settings. */
export function PreparePage({ envelope }: { envelope: Envelope }) {
  return <EnvelopeHeader envelope={envelope} />
}
