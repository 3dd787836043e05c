/** The direction of paragraphs: set by a person, or by their first letter. */
import type { Editor } from '@tiptap/core'
import type { EditorState } from '@tiptap/pm/state'

type Direction = 'ltr' | 'rtl' | null

const selectedBlocks = ({ doc, selection }: EditorState) => {
  const blocks: { pos: number; attrs: Record<string, unknown> }[] = []
  for (const { $from, $to } of selection.ranges) {
    doc.nodesBetween($from.pos, $to.pos, ({ attrs, isTextblock }, pos) => {
      if (isTextblock && 'dir' in attrs) blocks.push({ pos, attrs })
      return !isTextblock
    })
  }
  return blocks
}

/** Whether all selected paragraphs have a direction; null: that of their first letter. */
export function hasDirection(state: EditorState, direction: Direction): boolean {
  const blocks = selectedBlocks(state)
  return blocks.length > 0 && blocks.every(({ attrs }) => (attrs['dir'] ?? null) === direction)
}

/** Sets the direction of the selected paragraphs. */
export function setDirection(editor: Editor, direction: Direction): void {
  const { tr } = editor.state
  for (const { pos, attrs } of selectedBlocks(editor.state)) tr.setNodeMarkup(pos, null, { ...attrs, dir: direction })
  editor.view.dispatch(tr)
}
