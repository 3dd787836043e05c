/** Compliance in words. */
import type { Compliance } from '../../lib/api-types.ts'

export type Requirement = Compliance['requirements'][number]

export const requirementWords: Record<Requirement['status'], { label: string; color: 'gray' | 'yellow' | 'pine' | 'red' }> = {
  NOT_REQUIRED: { label: 'Not required yet', color: 'gray' },
  REQUIRED: { label: 'To sign', color: 'yellow' },
  PENDING: { label: 'Waits for your signature', color: 'yellow' },
  SIGNED: { label: 'Signed', color: 'pine' },
  EXPIRED: { label: 'Expired', color: 'red' },
  REVOKED: { label: 'No longer counts', color: 'red' },
}

export const overallWords: Record<Compliance['overall'], string> = {
  FULLY_COMPLIANT: 'You have signed everything',
  PARTIALLY_COMPLIANT: 'Some documents are still to sign',
  NON_COMPLIANT: 'Documents wait for your signature',
}

/** "SEAT_HOLDER" as "Seat holder". */
export const toLevelLabel = (level: string): string => {
  const words = level.replaceAll('_', ' ').toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
