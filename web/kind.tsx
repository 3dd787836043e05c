import { FileText, type LucideIcon, Map as MapIcon, UsersRound } from 'lucide-react'
import type { Kind } from './contract.ts'

interface KindWords {
  one: string
  many: string
  icon: LucideIcon
  /** How many characters its title may have. */
  longest: number
  /** What it is for, in a line. */
  purpose: string
  /** What an empty page of it says. */
  prompt: string
}

/** How each kind of document is named and shown. */
export const kinds: Record<Kind, KindWords> = {
  legal: {
    one: 'Draft',
    many: 'Drafts',
    icon: FileText,
    longest: 200,
    purpose: 'An agreement to write, review and sign together.',
    prompt: 'Begin the draft here: who the parties are, and what they agree on…',
  },
  plan: {
    one: 'Plan',
    many: 'Plans',
    icon: MapIcon,
    longest: 100,
    purpose: 'A venture and its living plan: why, for whom, by when.',
    prompt: 'Begin the plan here: the problem, who has it, and what you will do about it…',
  },
  space: {
    one: 'Space',
    many: 'Spaces',
    icon: UsersRound,
    longest: 100,
    purpose: 'A shared page for the team: notes, decisions, lists.',
    prompt: 'Write the first line: notes, decisions, a list of what comes next…',
  },
}

/** The kinds, in the order in which they are shown. */
export const kindOrder: Kind[] = ['legal', 'plan', 'space']

/** The kind that a document's name tells, or null where it is no name of a document. */
export function kindOfName(documentName: string): Kind | null {
  const match = /^(legal|plan|space):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(documentName)
  return match ? (match[1] as Kind) : null
}

/** The sign of a kind, in its colour. */
export function KindSign({ kind, size = 38 }: { kind: Kind; size?: number }) {
  const Icon = kinds[kind].icon
  return (
    <span className="kind-sign" data-kind={kind} style={{ width: size, height: size }}>
      <Icon size={Math.round(size * 0.5)} strokeWidth={1.75} aria-hidden="true" />
    </span>
  )
}
