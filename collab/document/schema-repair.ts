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
  canWrite: () => Promise<boolean>
  onRepaired: (repaired: number) => void
  onCheckError: (error: unknown) => void
}

/** Clients may keep XML of their own in other root types, to which the schema does not apply. */
function isInText(block: Y.XmlElement, document: Y.Doc): boolean {
  let part: unknown = block
  while (part instanceof Y.XmlElement) part = part.parent
  return part === document.share.get(textName)
}

/**
 * Starts the repair of a document's blocks.
 * @param canWrite asked before a repair that no edit on this node caused: a frozen document stays as it is
 * @param onRepaired called with the number of blocks repaired at once; for metrics
 * @param onCheckError called when `canWrite` failed
 * @returns a function that checks all blocks of the document, for a document that was just loaded
 */
export function repairBlocks(live: LiveDocument, { canWrite, onRepaired, onCheckError }: BlockRepairOptions): () => void {
  const { document } = live
  const candidates = new Set<Y.XmlElement>()
  const remoteCandidates = new Set<Y.XmlElement>()
  let isScheduled = false
  let remoteCheck: NodeJS.Timeout | undefined

  function repairCandidates() {
    isScheduled = false
    // earlier rows are still on their way; they arrive in a transaction, after which this runs again
    if (document.isDestroyed || live.head < live.committedSeq) return
    const broken = [...candidates].filter((block) => !block._item?.deleted && needsRepair(block) && isInText(block, document))
    candidates.clear()
    if (broken.length === 0) return
    const repairTables = () => {
      for (const block of broken) if (block.nodeName === 'table' && !block._item?.deleted) repairTable(block)
    }
    live.edit(null, (text) => editWithinSchema(text, repairTables, broken))
    onRepaired(broken.length)
  }

  /** Repairs when all edits so far are committed. */
  function repairWhenCommitted() {
    if (isScheduled || candidates.size === 0) return
    isScheduled = true
    // the edit itself reaches the journal only after its transaction
    queueMicrotask(() =>
      live.whenCommitted((isCommitted) => {
        if (!isCommitted) return
        try {
          repairCandidates()
        } catch {
          // the document was discarded; that is logged, and it will be loaded again
        }
      }),
    )
  }

  async function repairBroken(blocks: Iterable<Y.XmlElement>) {
    const broken = [...blocks].filter((block) => !block._item?.deleted && needsRepair(block))
    if (broken.length === 0 || !(await canWrite())) return
    for (const block of broken) candidates.add(block)
    repairWhenCommitted()
  }

  function checkRemoteCandidates() {
    remoteCheck = undefined
    const blocks = [...remoteCandidates]
    remoteCandidates.clear()
    repairBroken(blocks).catch(onCheckError)
  }

  document.on('afterTransaction', (transaction: Y.Transaction) => {
    const origin = transaction.origin as LocalOrigin | null
    if (!origin?.source) return
    const touched = origin.skipStoreHooks ? remoteCandidates : candidates
    for (const block of findTouchedTables(transaction)) touched.add(block)
    for (const block of findTouchedContainers(transaction)) touched.add(block)
    if (remoteCandidates.size > 0)
      remoteCheck ??= setTimeout(checkRemoteCandidates, remoteCheckDelay.minMs + Math.random() * remoteCheckDelay.randomMs)
  })
  document.on('afterAllTransactions', repairWhenCommitted)
  document.on('destroy', () => clearTimeout(remoteCheck))

  return () => {
    const root = getRoot(() => document.getXmlFragment(textName))
    repairBroken(root ? findContainers(root) : []).catch(onCheckError)
  }
}
