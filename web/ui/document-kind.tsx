import { FileText, type LucideIcon, Map as MapIcon, UsersRound } from 'lucide-react'
import type { DocumentKind } from '../lib/api-types.ts'

interface DocumentKindLabels {
  singular: string
  plural: string
  icon: LucideIcon
  /** The most characters of a title. */
  maxLength: number
  /** A short description. */
  purpose: string
  /** The placeholder of an empty document. */
  prompt: string
}

/** Labels and icons of the document kinds. */
export const documentKinds: Record<DocumentKind, DocumentKindLabels> = {
  legal: {
    singular: 'Draft',
    plural: 'Drafts',
    icon: FileText,
    maxLength: 200,
    purpose: 'An agreement to write, review and sign together.',
    prompt: 'Begin the draft here: who the parties are, and what they agree on…',
  },
  plan: {
    singular: 'Plan',
    plural: 'Plans',
    icon: MapIcon,
    maxLength: 100,
    purpose: 'A venture and its living plan: why, for whom, by when.',
    prompt: 'Begin the plan here: the problem, who has it, and what you will do about it…',
  },
  space: {
    singular: 'Space',
    plural: 'Spaces',
    icon: UsersRound,
    maxLength: 100,
    purpose: 'A shared page for the team: notes, decisions, lists.',
    prompt: 'Write the first line: notes, decisions, a list of what comes next…',
  },
}

/** The kinds in display order. */
export const documentKindOrder: DocumentKind[] = ['legal', 'plan', 'space']

/** Returns the kind of a document name, or null if it is not one. */
export function toDocumentKind(documentName: string): DocumentKind | null {
  const match = /^(legal|plan|space):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(documentName)
  return match ? (match[1] as DocumentKind) : null
}

/** The icon of a kind, in its color. */
export function DocumentKindIcon({ kind, size = 38 }: { kind: DocumentKind; size?: number }) {
  const Icon = documentKinds[kind].icon
  return (
    <span className="document-kind-icon" data-kind={kind} style={{ width: size, height: size }}>
      <Icon size={Math.round(size * 0.5)} strokeWidth={1.75} aria-hidden="true" />
    </span>
  )
}
