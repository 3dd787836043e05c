import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

/** What a published tree head says. */
export const treeHeadFields = {
  /** How many rows it covers, from the first. */
  size: z.number().int(),
  /** The Merkle tree hash of the rows (RFC 6962), in hexadecimal digits. */
  root: z.string(),
  /** The hash of the last of these rows. */
  hash: z.string(),
  at: z.iso.datetime(),
  /** Over the canonical JSON of the fields before it and `format`, base64; null where the installation has no signing key. */
  signature: z.string().nullable(),
  /** The certificate of the key, PEM. */
  certificate: z.string().nullable(),
}

/** A tree head over the audit chain was published. A subscriber that keeps it can tell later whether the chain still has these rows. */
export const TreeHeadPublished = event('tree-head.published', treeHeadFields)
