/** Checks the audit chain: walks its rows and names the first that is broken. Never repairs. */
import type { RunPrepared } from '../kernel/db/prepared-read.ts'
import { yieldToWriters } from '../kernel/scheduling.ts'
import { toLeafHash } from './chain-tree.ts'
import { TreeHasher } from './tree-hasher.ts'
import { commitToPersonalData, firstPrevious, hashAuditRecord } from './row-hash.ts'
import { readAuditPage, readChainEnd, type StoredAuditRow } from './stored-row.ts'

/** A tree head that was saved, in the database or elsewhere. */
export interface SavedHead {
  size: number
  root: string
  /** When it was published; absent where the person who checks does not know. */
  at?: string | undefined
}

/** Why a chain is broken. */
export type ChainProblem =
  /** The row's content does not have the row's hash. */
  | 'changed'
  /** There is no row at the position, but later ones. */
  | 'missing'
  /** The row does not follow the row before it: rows were reordered, inserted or replaced. */
  | 'not-linked'
  /** Its personal data is not what the row committed to. */
  | 'personal-data-changed'
  /** Its personal data is missing, without an erasure. */
  | 'personal-data-missing'
  /** The chain ends before the position that the head, or a saved tree head, covers. */
  | 'cut-off'
  /** There are rows after the head. */
  | 'not-in-head'
  /** The rows do not have the root of a saved tree head: they were replaced since. */
  | 'not-as-saved'

/** The first broken place of a chain. */
export interface BrokenRow {
  position: number
  problem: ChainProblem
  /** What is wrong, in a sentence. */
  message: string
}

export interface ChainReport {
  /** Rows that were checked, from the first. */
  rows: number
  /** Null where the chain is unbroken. */
  broken: BrokenRow | null
  /** The hash of the last checked row; null where there is none. */
  hash: string | null
  /** The tree hash of the checked rows. */
  root: string
  /** Tree heads that the chain extends. */
  confirmedHeads: number
  /** Rows whose personal data was erased: how many, and the newest ones. */
  erased: { count: number; rows: { position: number; erasedAt: string }[] }
}

const pageRows = 1000
const maxListedErasures = 100

const headsStatement = {
  name: 'audit tree heads',
  text: `select size, root, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from audit_tree_head order by size`,
}

async function readPublishedHeads(read: RunPrepared): Promise<SavedHead[]> {
  const rows = await read<{ size: string; root: string; at: string }>(headsStatement, [])
  return rows.map(({ size, root, at }) => ({ size: Number(size), root, at }))
}

/**
 * Walks the chain from its first row. Rows that are appended in the meantime are not checked.
 * @param saved heads that were kept outside the database, in addition to the published ones in it
 */
export async function checkChain(read: RunPrepared, saved: readonly SavedHead[] = []): Promise<ChainReport> {
  // the end before the heads: a head that is published later may cover more rows
  const heads = [...(await readPublishedHeads(read)), ...saved].sort((one, other) => one.size - other.size)
  const end = await readChainEnd(read)
  const walk = new ChainWalk(heads)
  const last = Math.max(end.position, end.lastRow)
  for (let after = 0; after < last && !walk.report.broken; after += pageRows) {
    const page = await readAuditPage(read, after, Math.min(after + pageRows, last), pageRows)
    walk.addPage(page, Math.min(after + pageRows, last), end.lastRow)
    await yieldToWriters()
  }
  walk.finish(end)
  return walk.report
}

/** The state of a check between two pages. */
class ChainWalk {
  readonly report: ChainReport = {
    rows: 0,
    broken: null,
    hash: null,
    root: '',
    confirmedHeads: 0,
    erased: { count: 0, rows: [] },
  }
  readonly #heads: readonly SavedHead[]
  readonly #tree = new TreeHasher()

  constructor(heads: readonly SavedHead[]) {
    this.#heads = heads
    this.#compareHeads()
  }

  /** @param upTo the last position that the page covers @param lastRow the highest position of a row in the chain */
  addPage(page: readonly StoredAuditRow[], upTo: number, lastRow: number): void {
    let next = this.report.rows + 1
    for (const row of page) {
      if (row.record.position !== next) break
      this.#addRow(row)
      if (this.report.broken) return
      next++
    }
    if (next <= upTo && next < lastRow) this.#break(next, 'missing', 'The row is missing, but rows after it exist.')
  }

  finish({ position, hash, lastRow }: { position: number; hash: string | null; lastRow: number }): void {
    const { report } = this
    report.root = this.#tree.root().toString('hex')
    if (report.broken) return
    if (lastRow < position) this.#break(lastRow + 1, 'cut-off', `The chain has ${lastRow} rows, but its head is at ${position}.`)
    else if (lastRow > position)
      this.#break(position + 1, 'not-in-head', `The head of the chain is at ${position}, but it has ${lastRow} rows.`)
    else if (position > 0 && hash !== report.hash)
      this.#break(position, 'not-in-head', 'The head of the chain has another hash than its last row.')
    const longer = this.#heads.find(({ size }) => size > report.rows)
    if (!report.broken && longer)
      this.#break(report.rows + 1, 'cut-off', `The chain has ${report.rows} rows, but ${describeHead(longer)} covers ${longer.size}.`)
  }

  #addRow({ record, hash, personal }: StoredAuditRow): void {
    const { position, previous, commitment } = record
    const expected = this.report.hash ?? firstPrevious
    if (hashAuditRecord(record) !== hash)
      return this.#break(position, 'changed', 'The content of the row does not have the hash of the row.')
    if (previous !== expected) return this.#break(position, 'not-linked', 'The row does not follow the row before it.')
    if (commitment !== null && !personal)
      return this.#break(position, 'personal-data-missing', 'The personal data of the row is missing, and was not erased.')
    if (personal?.details && personal.salt && commitToPersonalData(personal.salt, personal.details) !== commitment)
      return this.#break(position, 'personal-data-changed', 'The personal data of the row is not what the row committed to.')
    if (personal && !personal.details) {
      if (personal.erasedAt === null)
        return this.#break(position, 'personal-data-missing', 'The personal data of the row is missing, and was not erased.')
      const { erased } = this.report
      erased.count++
      erased.rows.push({ position, erasedAt: personal.erasedAt })
      if (erased.rows.length > maxListedErasures) erased.rows.shift()
    }
    this.report.rows = position
    this.report.hash = hash
    this.#tree.add(toLeafHash(hash))
    this.#compareHeads()
  }

  /** Compares the saved heads that cover the rows up to here. */
  #compareHeads(): void {
    const { rows } = this.report
    for (const head of this.#heads) {
      if (head.size !== rows || this.report.broken) continue
      if (this.#tree.root().toString('hex') === head.root) this.report.confirmedHeads++
      else
        this.#break(
          rows,
          'not-as-saved',
          `The first ${rows} rows do not have the root of ${describeHead(head)}: at least one was replaced.`,
        )
    }
  }

  #break(position: number, problem: ChainProblem, message: string): void {
    this.report.broken = { position, problem, message }
  }
}

const describeHead = ({ at }: SavedHead): string => (at ? `the tree head of ${at.slice(0, 10)}` : 'the given tree head')
