/** Signs the tree heads of the audit log with the key of the installation's seal. */
import { KeyObject, sign } from 'node:crypto'
import type { StatementSignature } from '../../audit/tree-head-signer.ts'
import type { PreparationContext } from '../../kernel/operation.ts'
import { openSealKeys } from './authority.ts'

/** The signature is DER, as `openssl dgst -sha256 -verify` takes it. @throws as `openSealKeys` */
export async function signTreeHead(view: PreparationContext, statement: Uint8Array): Promise<StatementSignature> {
  const { seal } = await openSealKeys(view)
  const signature = sign('sha256', statement, KeyObject.from(seal.key))
  return { signature: signature.toString('base64'), certificate: seal.certificate.pem }
}
