/** Evidence bundles for tests: a sealed agreement with an audit chain of its own. */
import { randomBytes } from 'node:crypto'
import canonicalize from 'canonicalize'
import { hashLeaf, hashNodes, proveInclusion } from '../../domain/audit/merkle-tree.ts'
import { type AuditRecord, commitToPersonalData, firstPrevious, hashAuditRecord } from '../../domain/audit/row-hash.ts'
import { signStatement } from '../../domain/signing/authority/statement.ts'
import type { BundleAuditRow, BundleTreeHead } from '../../domain/signing/bundle/bundle-format.ts'
import type { BundleInput } from '../../domain/signing/bundle/bundle-input.ts'
import { sealAgreement } from '../../domain/signing/seal/seal-agreement.ts'
import type { SealInput } from '../../domain/signing/seal/seal-input.ts'
import type { SealKeys } from '../../domain/signing/seal/seal-keys.ts'

/** Rows of other things, before and after those of the agreement. */
const otherRows = 9

/** A chain that records the acts of an agreement; `positions` are those of its parties' acts, by party id. */
async function createChain(agreement: SealInput, keys: SealKeys, erased: readonly number[]) {
  const rows: Omit<BundleAuditRow, 'path'>[] = []
  const add = (action: string, data: Record<string, unknown>, personal?: Record<string, string>) => {
    const position = rows.length + 1
    const salt = randomBytes(32).toString('hex')
    const record: AuditRecord = {
      position,
      at: new Date(Date.UTC(2026, 10, 29, 9, position)).toISOString(),
      action,
      subject: `envelope:${agreement.envelope.id}`,
      actor: { kind: 'person', id: null },
      onBehalfOf: null,
      data,
      commitment: personal ? commitToPersonalData(salt, personal) : null,
      previous: rows.at(-1)?.hash ?? firstPrevious,
    }
    const isErased = erased.includes(position)
    const kept = isErased
      ? { salt: null, details: null, erasedAt: '2026-11-30T08:00:00.000Z' }
      : { salt, details: personal ?? {}, erasedAt: null }
    rows.push({ record, hash: hashAuditRecord(record), personal: personal ? kept : null })
    return position
  }
  for (let row = 0; row < otherRows; row++) add('message.sent', { row })
  const first = add('envelope.sent', { contentHash: agreement.document.hash })
  const positions = agreement.parties
    .filter(({ actedAt }) => actedAt !== undefined)
    .map(({ id, name, email }) => ({ partyId: id, position: add('party.signed', { partyId: id }, { name, email }) }))
  const last = add('envelope.completed', { contentHash: agreement.document.hash, acts: positions })
  for (let row = 0; row < otherRows; row++) add('message.sent', { row })
  const leaves = rows.map(({ hash }) => hashLeaf(Buffer.from(hash, 'hex')))
  const readRoot = async (start: number, end: number) => hashNodes(leaves.slice(start, end))
  const own: BundleAuditRow[] = []
  for (const row of rows.slice(first - 1, last)) {
    const path = await proveInclusion(row.record.position - 1, rows.length, readRoot)
    own.push({ ...row, path: path.map((hash) => hash.toString('hex')) })
  }
  const head = {
    size: rows.length,
    root: hashNodes(leaves).toString('hex'),
    hash: rows.at(-1)?.hash as string,
    at: '2026-11-30T00:00:00.000Z',
  }
  const statement = Buffer.from(canonicalize({ format: 'smartstart-tree-head/1', ...head }) as string)
  const treeHead: BundleTreeHead = { ...head, ...(await signStatement(statement, keys.seal)) }
  return { rows: own, treeHead, positions }
}

export interface EvidenceOptions {
  /** Positions of rows whose personal data was erased; the first act has position 11. */
  erased?: readonly number[]
  verifier?: Uint8Array
}

/** Seals an agreement, and what its bundle is built from. */
export async function createEvidence(
  given: SealInput,
  keys: SealKeys,
  { erased = [], verifier }: EvidenceOptions = {},
): Promise<BundleInput> {
  const chain = await createChain(given, keys, erased)
  const hashOf = (position: number) => chain.rows.find(({ record }) => record.position === position)?.hash as string
  const parties = given.parties.map((party) => {
    const act = chain.positions.find(({ partyId }) => partyId === party.id)
    return { ...party, audit: act && { position: act.position, hash: hashOf(act.position) } }
  })
  const agreement = { ...given, parties }
  const { pdf, certificates } = await sealAgreement(agreement, keys)
  return {
    agreement,
    pdf,
    certificates: { root: keys.root, seal: keys.seal.certificate, signers: certificates },
    madeAt: '2026-11-30T00:00:00.000Z',
    versions: [{ id: '1', name: 'Sent', at: 421 }],
    authorship: { sessions: [{ author: 'Ann Example', from: 1, to: 421 }] },
    suggestions: [{ id: '1', state: 'accepted', by: 'Ben Example' }],
    approvals: [{ reviewer: 'Ben Example', hash: agreement.document.hash }],
    audit: { rows: chain.rows, treeHead: chain.treeHead },
    verifier: verifier ?? new TextEncoder().encode('// the verifier\n'),
  }
}
