/** Kinds of agreements. */
export const draftKinds = [
  'agreement',
  'nda',
  'contributor-agreement',
  'founders-agreement',
  'ip-assignment',
  'advisor-agreement',
  'investment-note',
  'charter',
  'umbrella-agreement',
  'other',
] as const
export type DraftKind = (typeof draftKinds)[number]
