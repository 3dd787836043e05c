/** Removes marks from inline nodes that are not text (fields, line breaks). The document does not store them. */
import { combineTransactionSteps, Extension, getChangedRanges } from '@tiptap/core'
import { Plugin } from '@tiptap/pm/state'

export const noMarksOnAtoms = Extension.create({
  name: 'noMarksOnAtoms',
  addProseMirrorPlugins: () => [
    new Plugin({
      appendTransaction(transactions, before, state) {
        if (!transactions.some(({ docChanged }) => docChanged)) return null
        const { tr } = state
        for (const { newRange } of getChangedRanges(combineTransactionSteps(before.doc, [...transactions]))) {
          const { from, to } = newRange
          state.doc.nodesBetween(from, Math.min(to, state.doc.content.size), (node, pos) => {
            if (node.isInline && !node.isText && node.marks.length > 0) tr.removeMark(pos, pos + node.nodeSize)
          })
        }
        return tr.docChanged ? tr : null
      },
    }),
  ],
})
