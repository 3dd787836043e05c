/** The facts about a legal document on which its state machine depends. Review and signing say what they know by the hook `DocumentFacts`. */
import * as Y from 'yjs'
import { readCommittedDocument } from '../../documents/journal/snapshot.ts'
import { inlineAtoms } from '../../documents/richtext/yjs-content.ts'
import { defineHook } from '../../kernel/manifest/hook.ts'
import { getRegistered } from '../../kernel/manifest/registry.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import { readLastTime } from '../../workflows/machine.ts'
import { computeEndOfValidity, isLegalKind } from '../compliance/legal-kind.ts'
import { Draft } from '../draft-entity.ts'
import { findTemplateId } from '../template.ts'
import { type Amendment, readAmendment } from './amendment.ts'

/** What guards read. */
export interface DocumentFacts {
  /** Whether the text has no words and no fields. */
  isEmpty: boolean
  /** Why the approvals that were asked for do not hold, one sentence each. */
  approvalObstacles: readonly string[]
  /** Whether there is a template for it. */
  hasTemplate: boolean
  /** When its validity ends, if it is signed now; null where its kind has no end. */
  endOfValidity: Date | null
  /** The amendment that is under way. */
  amendment: Amendment | undefined
  /** The signers of the present envelope: how many must sign, have signed, and have signed invalidly. */
  signers: { required: number; signed: number; invalid: number }
}

/** What another part of the domain knows about a document. */
export interface DocumentFactReader {
  /** The guards that need it. */
  readonly guards: readonly string[]
  read(view: QueryContext, documentId: string): Promise<Partial<DocumentFacts>>
}

/** Readers of facts. Of two that say the same, the later slice wins. */
export const DocumentFacts = defineHook<DocumentFactReader>('legal.document-facts')

/** Who was asked to review a document: ids of persons. */
export const DocumentReviewers =
  defineHook<(view: QueryContext, documentId: string) => Promise<readonly string[]>>('legal.document-reviewers')

const contentGuards = ['hasRequiredContent', 'hasTemplate']
const amendmentGuards = ['hasAmendment', 'hasApprovedAmendment', 'hasSignedAmendment']

/** Reads the facts that some guards need. */
export async function readDocumentFacts(view: QueryContext, documentId: string, needed: ReadonlySet<string>): Promise<DocumentFacts> {
  const facts: DocumentFacts = {
    isEmpty: true,
    hasTemplate: false,
    endOfValidity: null,
    amendment: undefined,
    approvalObstacles: [],
    signers: { required: 0, signed: 0, invalid: 0 },
  }
  if (contentGuards.some((guard) => needed.has(guard)))
    facts.isEmpty = isEmptyText((await readCommittedDocument(view, documentId)).document)
  if (needed.has('hasTemplate')) facts.hasTemplate = findTemplateId(await view.em.findOneOrFail(Draft, documentId)) !== undefined
  if (needed.has('endOfValidity')) facts.endOfValidity = await readEndOfValidity(view, documentId)
  if (amendmentGuards.some((guard) => needed.has(guard))) facts.amendment = await readAmendment(view, documentId)
  for (const reader of getRegistered(DocumentFacts))
    if (reader.guards.some((guard) => needed.has(guard))) Object.assign(facts, await reader.read(view, documentId))
  return facts
}

/** The end of validity, counted from the verification of the signatures, which may be happening now. */
async function readEndOfValidity(view: QueryContext, documentId: string): Promise<Date | null> {
  const { kind, state } = await view.em.findOneOrFail(Draft, documentId)
  if (!isLegalKind(kind)) return null
  const isVerifying = state === 'signature_verification'
  const verifiedAt = isVerifying ? undefined : await readLastTime(view, { type: 'legalDocument' }, documentId, 'SIGNATURES_VERIFIED')
  return computeEndOfValidity(kind, verifiedAt ?? view.now)
}

/** Whether the text of a document has no words and no fields. */
export const isEmptyText = (document: Y.Doc): boolean => isEmptyContent(document.getXmlFragment('default'))

/** Whether content has no words, and nothing that stands for words. */
function isEmptyContent(content: Y.XmlFragment | Y.XmlElement): boolean {
  return content.toArray().every((child) => {
    if (child instanceof Y.XmlText)
      return child.toDelta().every(({ insert }: { insert: unknown }) => typeof insert === 'string' && insert.trim() === '')
    if (child instanceof Y.XmlElement)
      return !(inlineAtoms.includes(child.nodeName) && child.nodeName !== 'hardBreak') && isEmptyContent(child)
    return true
  })
}
