/** Pasted and dropped content: cleaned HTML, Markdown, and what is not supported. */
import { Extension } from '@tiptap/core'
import { Plugin } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'
import { cleanPastedHtml } from './clean-html.ts'
import { isMarkdown, renderMarkdown } from './markdown.ts'

const picturesMessage = 'Pictures are not supported yet.'
const filesMessage = 'Files cannot be dropped here. Import them on the page with your documents.'

const hasFiles = (data: DataTransfer | null) => data?.types.includes('Files') ?? false

/** What a drop or paste of files says. */
const toMessage = (data: DataTransfer | null) =>
  [...(data?.files ?? [])].every(({ type }) => type.startsWith('image/')) ? picturesMessage : filesMessage

/** A dropped file must not replace the page, wherever on it it is dropped. */
function watchDrops(onUnsupported: (message: string) => void): () => void {
  const onDragOver = (event: DragEvent) => hasFiles(event.dataTransfer) && event.preventDefault()
  function onDrop(event: DragEvent) {
    if (!hasFiles(event.dataTransfer) || event.defaultPrevented) return
    event.preventDefault()
    onUnsupported(toMessage(event.dataTransfer))
  }
  document.addEventListener('dragover', onDragOver)
  document.addEventListener('drop', onDrop)
  return () => {
    document.removeEventListener('dragover', onDragOver)
    document.removeEventListener('drop', onDrop)
  }
}

/** Pastes Markdown as the rich text that it describes. */
async function pasteMarkdown(view: EditorView, text: string): Promise<void> {
  try {
    const html = await renderMarkdown(text)
    if (!view.isDestroyed) view.pasteHTML(html)
  } catch {
    // The reader could not be loaded, for example without a network.
    if (!view.isDestroyed) view.pasteText(text)
  }
}

/** @param onUnsupported called with one line for the user where something cannot be pasted or dropped */
export const paste = (onUnsupported: (message: string) => void) =>
  Extension.create({
    name: 'pastedContent',
    addProseMirrorPlugins() {
      let isPlain = false
      return [
        new Plugin({
          props: {
            transformPastedHTML: cleanPastedHtml,
            handleDOMEvents: {
              keydown: (_, { shiftKey }) => {
                isPlain = shiftKey
                return false
              },
            },
            handlePaste(view, { clipboardData }) {
              const html = clipboardData?.getData('text/html') ?? ''
              const text = clipboardData?.getData('text/plain') ?? ''
              const hasText = text.trim() !== '' || html.replaceAll(/<[^>]*>/g, '').trim() !== ''
              // Programs add a picture of the text that was copied.
              if (!hasText && (hasFiles(clipboardData) || /<img\b/i.test(html))) {
                onUnsupported(toMessage(clipboardData))
                return true
              }
              if (/<img\b[^>]*src/i.test(html) && !html.includes('role="checkbox"')) onUnsupported(picturesMessage)
              if (html !== '' || isPlain || view.state.selection.$from.parent.type.spec.code || !isMarkdown(text)) return false
              void pasteMarkdown(view, text)
              return true
            },
            handleDrop(_, event) {
              if (!hasFiles(event.dataTransfer)) return false
              event.preventDefault()
              onUnsupported(toMessage(event.dataTransfer))
              return true
            },
          },
          view: () => ({ destroy: watchDrops(onUnsupported) }),
        }),
      ]
    },
  })
