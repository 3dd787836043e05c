/** Signs the tree heads of the audit log with the key of the installation's seal. */
import type { StatementSignature } from '../../audit/tree-head-signer.ts'
import type { PreparationContext } from '../../kernel/operation.ts'
import { openSealKeys } from './authority.ts'
import { signStatement } from './statement.ts'

/** @throws as `openSealKeys` */
export const signTreeHead = async (view: PreparationContext, statement: Uint8Array): Promise<StatementSignature> =>
  signStatement(statement, (await openSealKeys(view)).seal)
