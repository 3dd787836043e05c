/**
 * Repairs blocks that are against the schema. Two people who add a row and a column at the same time make a table with rows of different
 * lengths. One who deletes the paragraph of a list item while another nests a list in it leaves an item without a paragraph. Editors do not
 * repair these, because the repairs of several editors would add up.
 *
 * A node checks the blocks that edits of its own clients, or its own repairs, touched. It does so when these edits are committed and every
 * earlier row of the journal is applied. So the node whose edit is last in the journal sees all edits, and repairs. That node may end before
 * it does: so each node also checks what rows of others touched, some seconds later. When two nodes repair a table at the same time, the
 * later one checks again and removes the surplus (`domain/documents/richtext/tables.ts`).
 */
import * as Y from 'yjs'
import { textName } from '../../domain/documents/richtext/schema.ts'
import { getRoot } from '../../domain/documents/richtext/raw-json.ts'
import { editWithinSchema } from '../../domain/documents/richtext/block-repair.ts'
import { findContainers, findTouchedContainers, needsRepair } from '../../domain/documents/richtext/schema-check.ts'
import { repairTable, findTouchedTables } from '../../domain/documents/richtext/tables.ts'
import type { LiveDocument } from './live-document.ts'

/** The origin of an edit that a client of this node, or this node itself, made. */
interface LocalOrigin {
  source?: 'connection' | 'local'
  /** Set for rows of the journal. Other nodes check those. */
  skipStoreHooks?: boolean
}

/** How long the node whose edit is last has for its repair, milliseconds. A random part, so that one of two other nodes is first. */
const remoteCheckDelay = { minMs: 2000, randomMs: 2000 }

export interface BlockRepairOptions {
  /** Asked before a repair that no edit on this node caused: a frozen document stays as it is. */
  canWrite: () => Promise<boolean>
  /** Called with the number of blocks repaired at once; for metrics. */
  onRepaired: (repaired: number) => void
  /** Called when `canWrite` failed. */
  onCheckError: (error: unknown) => void
}

/** Clients may keep XML of their own in other root types, to which the schema does not apply. */
function isInText(block: Y.XmlElement, document: Y.Doc): boolean {
  let part: unknown = block
  while (part instanceof Y.XmlElement) part = part.parent
  return part === document.share.get(textName)
}

/** Repairs the blocks of one document, as edits break them. */
export class BlockRepairs {
  readonly #live: LiveDocument
  readonly #options: BlockRepairOptions
  /** Blocks that edits of this node touched. */
  readonly #candidates = new Set<Y.XmlElement>()
  /** Blocks that rows of other nodes touched. */
  readonly #remoteCandidates = new Set<Y.XmlElement>()
  #isScheduled = false
  #remoteCheck: NodeJS.Timeout | undefined

  constructor(live: LiveDocument, options: BlockRepairOptions) {
    this.#live = live
    this.#options = options
    const { document } = live
    document.on('afterTransaction', (transaction: Y.Transaction) => this.#noteTouched(transaction))
    document.on('afterAllTransactions', () => this.#repairWhenCommitted())
    document.on('destroy', () => clearTimeout(this.#remoteCheck))
  }

  /** Checks all blocks of the document, which was just loaded. */
  checkAll(): void {
    const root = getRoot(() => this.#live.document.getXmlFragment(textName))
    this.#repairBroken(root ? findContainers(root) : [])
  }

  #noteTouched(transaction: Y.Transaction) {
    const origin = transaction.origin as LocalOrigin | null
    if (!origin?.source) return
    const touched = origin.skipStoreHooks ? this.#remoteCandidates : this.#candidates
    for (const block of findTouchedTables(transaction)) touched.add(block)
    for (const block of findTouchedContainers(transaction)) touched.add(block)
    if (this.#remoteCandidates.size > 0)
      this.#remoteCheck ??= setTimeout(this.#checkRemoteCandidates, remoteCheckDelay.minMs + Math.random() * remoteCheckDelay.randomMs)
  }

  readonly #checkRemoteCandidates = (): void => {
    this.#remoteCheck = undefined
    const blocks = [...this.#remoteCandidates]
    this.#remoteCandidates.clear()
    this.#repairBroken(blocks)
  }

  /** Repairs blocks that no edit of this node broke, unless the document is frozen. */
  #repairBroken(blocks: Iterable<Y.XmlElement>) {
    const broken = [...blocks].filter((block) => !block._item?.deleted && needsRepair(block))
    if (broken.length === 0) return
    this.#options.canWrite().then((canWrite) => {
      if (!canWrite) return
      for (const block of broken) this.#candidates.add(block)
      this.#repairWhenCommitted()
    }, this.#options.onCheckError)
  }

  /** Repairs when all edits so far are committed. */
  #repairWhenCommitted() {
    if (this.#isScheduled || this.#candidates.size === 0) return
    this.#isScheduled = true
    // the edit itself reaches the journal only after its transaction
    queueMicrotask(() =>
      this.#live.whenCommitted((isCommitted) => {
        if (!isCommitted) return
        try {
          this.#repairCandidates()
        } catch {
          // the document was discarded; that is logged, and it will be loaded again
        }
      }),
    )
  }

  #repairCandidates() {
    this.#isScheduled = false
    const { document, head, committedSeq } = this.#live
    // earlier rows are still on their way; they arrive in a transaction, after which this runs again
    if (document.isDestroyed || head < committedSeq) return
    const broken = [...this.#candidates].filter((block) => !block._item?.deleted && needsRepair(block) && isInText(block, document))
    this.#candidates.clear()
    if (broken.length === 0) return
    const repairTables = () => {
      for (const block of broken) if (block.nodeName === 'table' && !block._item?.deleted) repairTable(block)
    }
    this.#live.edit(null, (text) => editWithinSchema(text, repairTables, broken))
    this.#options.onRepaired(broken.length)
  }
}
