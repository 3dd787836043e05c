/** Who signs tree heads: a slice to the right that has the installation's key. */
import { defineHook } from '../kernel/manifest/hook.ts'
import type { PreparationContext } from '../kernel/operation.ts'

/** A signature over a statement, base64, and the certificate of its key, PEM. */
export interface StatementSignature {
  signature: string
  certificate: string
}

/**
 * Signs published tree heads: ECDSA with P-256 and SHA-256. The first one that is registered signs, outside
 * any transaction; without any, heads are unsigned.
 */
export const TreeHeadSigner =
  defineHook<(view: PreparationContext, statement: Uint8Array) => Promise<StatementSignature>>('audit.tree-head-signer')
