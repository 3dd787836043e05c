/** Removes marks from inline placeholders: the document does not store them (`yjs-content.ts`). */
import { combineTransactionSteps, Extension, getChangedRanges } from '@tiptap/core'
import { Plugin } from '@tiptap/pm/state'
import { placeholderNames } from '../../../../domain/documents/richtext/yjs-content.ts'

export const noMarksOnPlaceholders = Extension.create({
  name: 'noMarksOnPlaceholders',
  addProseMirrorPlugins: () => [
    new Plugin({
      appendTransaction(transactions, before, state) {
        if (!transactions.some(({ docChanged }) => docChanged)) return null
        const { tr } = state
        for (const { newRange } of getChangedRanges(combineTransactionSteps(before.doc, [...transactions]))) {
          const { from, to } = newRange
          state.doc.nodesBetween(from, Math.min(to, state.doc.content.size), (node, pos) => {
            if (node.type.name === placeholderNames.inline && node.marks.length > 0) tr.removeMark(pos, pos + node.nodeSize)
          })
        }
        return tr.docChanged ? tr : null
      },
    }),
  ],
})
