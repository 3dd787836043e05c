import { z } from 'zod'
import {
  checkAudit,
  type ConsistencyProof,
  getAuditRow,
  getConsistencyProof,
  getInclusionProof,
  type InclusionProof,
  listAuditRows,
} from '../../domain/audit/audit-log.ts'
import type { ChainReport } from '../../domain/audit/chain-check.ts'
import { eraseAuditData } from '../../domain/audit/erasure.ts'
import type { StoredAuditRow } from '../../domain/audit/stored-row.ts'
import { listTreeHeads, type TreeHead } from '../../domain/audit/tree-head.ts'
import { action, get, jsonResponse, listResponse } from '../http/endpoint.ts'

const position = z.number().int().describe('place in the chain: 1, 2, 3, …')
const hash = z.string().describe('SHA-256, hexadecimal digits')

export const AuditRowBody = z
  .object({
    position,
    at: z.iso.datetime(),
    action: z.string(),
    subject: z.string(),
    actor: z.object({ kind: z.string(), id: z.uuid().nullable() }),
    onBehalfOf: z.uuid().nullable(),
    data: z.unknown(),
    commitment: hash.nullable().describe('of the personal data, salted'),
    previous: hash,
    hash,
    personal: z
      .object({
        personId: z.uuid().nullable(),
        salt: z.string().nullable(),
        details: z.record(z.string(), z.string()).nullable(),
        erasedAt: z.iso.datetime().nullable(),
      })
      .nullable()
      .describe('to administrators, and to the person; null where there is none, or where it is not yours'),
  })
  .meta({ id: 'AuditRow' })

const row = jsonResponse(AuditRowBody, ({ record, hash: own, personal }: StoredAuditRow) => ({
  ...record,
  hash: own,
  personal: personal ?? null,
}))

const proof = z.array(hash)
export const InclusionProofBody = z
  .object({ position, hash, size: z.number().int(), root: hash, path: proof })
  .meta({ id: 'InclusionProof', description: 'An inclusion proof of RFC 6962; leaves are the hashes of the rows' })
export const ConsistencyProofBody = z
  .object({ from: z.number().int(), size: z.number().int(), rootFrom: hash, root: hash, path: proof })
  .meta({ id: 'ConsistencyProof' })
export const TreeHeadBody = z
  .object({
    size: z.number().int(),
    root: hash,
    hash,
    at: z.iso.datetime(),
    signature: z.string().nullable().describe('ECDSA P-256 with SHA-256, base64'),
    certificate: z.string().nullable().describe('PEM'),
  })
  .meta({ id: 'TreeHead' })
export const ChainReportBody = z
  .object({
    rows: z.number().int().describe('that were checked'),
    broken: z.object({ position, problem: z.string(), message: z.string() }).nullable().describe('the first broken row; null: none'),
    hash: hash.nullable(),
    root: hash,
    confirmedHeads: z.number().int().describe('saved tree heads that the chain extends'),
    erased: z.object({
      count: z.number().int(),
      rows: z.array(z.object({ position, erasedAt: z.iso.datetime() })).describe('the newest hundred'),
    }),
  })
  .meta({ id: 'AuditReport' })

export const audit = [
  get(
    '/audit',
    'Lists rows of the audit log, newest first: all to administrators, those of a subject to its readers.',
    listAuditRows,
    listResponse(row),
  ),
  get(
    '/audit/check',
    'Checks the hash chain of the audit log, and whether it extends a saved tree head. For administrators.',
    checkAudit,
    jsonResponse(ChainReportBody, (report: ChainReport) => report),
  ),
  get(
    '/audit/heads',
    'Lists the published tree heads of the audit log, newest first.',
    listTreeHeads,
    listResponse(jsonResponse(TreeHeadBody, (head: TreeHead) => head)),
  ),
  get(
    '/audit/consistency',
    'Proves that the audit log with `size` rows begins with its first `from` rows.',
    getConsistencyProof,
    jsonResponse(ConsistencyProofBody, (one: ConsistencyProof) => one),
  ),
  action(
    '/audit/erasures',
    'Erases the personal data of a person from the audit log; the rows stay. For administrators.',
    eraseAuditData,
    jsonResponse(z.object({ rows: z.number().int() }), (erased: { rows: number }) => erased),
  ),
  get('/audit/:position', 'Returns one row of the audit log.', getAuditRow, row),
  get(
    '/audit/:position/proof',
    'Proves that a row is in the audit log.',
    getInclusionProof,
    jsonResponse(InclusionProofBody, (one: InclusionProof) => one),
  ),
]
