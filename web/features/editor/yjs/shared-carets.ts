/** The carets of others, and the own caret for them. */
import { CollaborationCaret } from '@tiptap/extension-collaboration-caret'
import type { EditorState, Plugin } from '@tiptap/pm/state'
import type { DecorationAttrs } from '@tiptap/pm/view'
import { yCursorPlugin } from '@tiptap/y-tiptap'
import { compositionKey } from './composition-hold.ts'

/** TipTap's extension, but others see the caret in the text that they have: composed text is written at the end of the composition. */
export const SharedCarets = CollaborationCaret.extend({
  addProseMirrorPlugins() {
    const [users] = (this.parent?.() ?? []) as Plugin[]
    const { options } = this
    const carets = yCursorPlugin(options.provider.awareness, {
      cursorBuilder: (user: Record<string, unknown>) => options.render(user),
      selectionBuilder: (user: Record<string, unknown>) => options.selectionRender(user) as DecorationAttrs,
      getSelection: (state: EditorState) =>
        compositionKey.getState(state)?.toWrittenSelection(state.selection, state.doc) ?? state.selection,
    }) as Plugin
    return users ? [users, carets] : [carets]
  },
})
