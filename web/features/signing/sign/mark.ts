/** The visible mark of a signature: a typed name, or a drawing. */
export type Mark = { kind: 'typed'; text: string } | { kind: 'drawn'; image: string }

/** Whether there is something to sign with. */
export const isMarkComplete = (mark: Mark): boolean => (mark.kind === 'typed' ? mark.text.trim() !== '' : mark.image !== '')
