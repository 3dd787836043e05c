/** Verdicts on signed files in words. The server's words are those of `docs/verification.md`. */
import { type LucideIcon, ShieldCheck, ShieldQuestionMark, ShieldX } from 'lucide-react'
import type { SignatureVerdict } from '../../lib/api-types.ts'

interface VerdictWords {
  title: string
  meaning: string
  color: 'pine' | 'red' | 'gray'
  icon: LucideIcon
}

const words: Record<string, VerdictWords> = {
  valid: { title: 'Valid', meaning: 'Nothing was changed after it was signed.', color: 'pine', icon: ShieldCheck },
  'valid, later allowed changes': {
    title: 'Valid, with later changes that are allowed',
    meaning: 'What was signed is unchanged. Something was added later that signatures allow, such as another signature.',
    color: 'pine',
    icon: ShieldCheck,
  },
  invalid: {
    title: 'Not valid',
    meaning: 'Do not rely on this file: it is not what was signed, or a signature is wrong.',
    color: 'red',
    icon: ShieldX,
  },
  'no signature': { title: 'No signature', meaning: 'This file is not signed.', color: 'gray', icon: ShieldQuestionMark },
  'cannot judge': {
    title: 'Cannot be judged',
    meaning: 'It cannot be told whether this file is as it was signed.',
    color: 'gray',
    icon: ShieldQuestionMark,
  },
}

/** What each later signer and the seal add. */
const signingChanges = new Set(['further signature', 'document timestamp', 'validation data (DSS)', 'white space'])
const furtherSignatures: VerdictWords = {
  ...(words['valid'] as VerdictWords),
  meaning: 'Nothing was changed after it was signed. Only further signatures, seals or timestamps were added.',
}

/** "invalid: digest mismatch" as words, with the class of the fault. @param signatures those of which it is the verdict */
export function describeVerdict(verdict: string, signatures: readonly SignatureVerdict[]): VerdictWords & { fault: string | null } {
  const [kind = '', fault] = verdict.split(': ')
  const changes = signatures.flatMap(({ laterChanges }) => laterChanges)
  const isSigningOnly = kind === 'valid, later allowed changes' && changes.every(({ class: one }) => signingChanges.has(one))
  const known = isSigningOnly ? furtherSignatures : words[kind]
  return { ...(known ?? (words['cannot judge'] as VerdictWords)), fault: fault ?? null }
}

const timeSources: Record<SignatureVerdict['signedAt']['source'], string> = {
  'document timestamp': 'stated by a timestamp authority',
  'signature timestamp': 'stated by a timestamp authority',
  signer: 'by the clock of the signing computer',
  'signature dictionary': 'by the clock of the signing computer',
  none: '',
}
export const describeTimeSource = ({ signedAt }: SignatureVerdict): string => timeSources[signedAt.source]

export function describeCoverage({ coverage: { kind, bytesAfter, revision, revisions } }: SignatureVerdict): string {
  if (kind === 'whole file') return 'The whole file'
  if (kind === 'whole revision')
    return `All of version ${revision ?? '?'} of ${revisions} of the file; ${bytesAfter.toLocaleString('en')} bytes were added later`
  return kind === 'partial' ? 'Only a part of the file' : 'It cannot be told which part of the file'
}

/** The organization or person of a certificate's name: "CN=Ann, O=Acme" is "Ann". */
export const toCommonName = (name: string): string => /(?:^|,\s*)CN=((?:\\.|[^,\\])+)/.exec(name)?.[1]?.replaceAll('\\', '') ?? name
