/** What the readers of a Word document share. */
import type { ChangeTracker } from './changes.ts'
import type { Comments } from './comments.ts'
import type { FieldStack } from './inline/fields.ts'
import type { Notes } from './notes.ts'
import type { Numbering } from './definitions/numbering.ts'
import type { WordPackage } from './package/package.ts'
import type { Bookmarks } from './references.ts'
import type { StyleSheet } from './definitions/styles.ts'
import type { Warnings } from './warnings.ts'

/** The state of reading one part of a document. */
export interface ReaderContext {
  readonly file: WordPackage
  /** The name of the part, by which relationships are found. */
  readonly part: string
  readonly styles: StyleSheet
  readonly numbering: Numbering
  readonly warnings: Warnings
  readonly changes: ChangeTracker
  readonly comments: Comments
  readonly notes: Notes
  readonly bookmarks: Bookmarks
  readonly fields: FieldStack
  /** The names of the moves that begin before the place that is read. */
  readonly moves: { from: string | undefined; to: string | undefined }
  /** Counts over the whole document. */
  readonly counts: { paragraphs: number; hiddenPlaces: number }
  /** Ids of list styles that the text uses. */
  readonly listStyles: Set<string>
}
