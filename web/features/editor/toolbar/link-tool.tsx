import { Anchor, Button, Group, TextInput } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Link as LinkIcon } from 'lucide-react'
import { type FormEvent, useEffect, useState } from 'react'
import { isSafeLink } from '../../../../domain/documents/richtext/schema.ts'
import { ToolbarPopover } from '../../../ui/toolbar-popover.tsx'

/** Completes a typed address: without a scheme it is `https:`, with an @ it is `mailto:`. Returns null if it is not a safe link. */
export function toLink(text: string): string | null {
  const typed = text.trim()
  const href = /^[a-z][a-z0-9+.-]*:/i.test(typed) ? typed : /^[^\s/@]+@[^\s/@]+$/.test(typed) ? `mailto:${typed}` : `https://${typed}`
  return isSafeLink(href) && typed !== '' ? href : null
}

/** Sets the link of the selected text, or changes the link at the caret. Without either, the typed address becomes the text. */
function setLink(editor: Editor, href: string, typed: string) {
  const { from, to } = editor.state.selection
  if (!editor.isActive('link') && editor.state.doc.textBetween(from, to) === '') {
    const textNode = { type: 'text', text: typed.trim(), marks: [{ type: 'link', attrs: { href } }] }
    editor.chain().insertContentAt(from, textNode).unsetMark('link').run()
  } else {
    editor.chain().extendMarkRange('link').setLink({ href }).run()
  }
}

interface LinkFormProps {
  editor: Editor
  /** The link at the caret; null if there is none. */
  link: { href: string } | null
  onClose: () => void
}

function LinkForm({ editor, link, onClose }: LinkFormProps) {
  const href = link?.href ?? ''
  const [text, setText] = useState(href)
  const [isInvalid, setIsInvalid] = useState(false)
  useEffect(() => {
    setText(href)
    setIsInvalid(false)
  }, [href])

  function submit(event: FormEvent) {
    event.preventDefault()
    // React events bubble through portals to outer forms.
    event.stopPropagation()
    const typedLink = toLink(text)
    if (!typedLink) return setIsInvalid(true)
    setLink(editor, typedLink, text)
    onClose()
  }
  function remove() {
    editor.chain().extendMarkRange('link').unsetLink().run()
    onClose()
  }
  return (
    <form onSubmit={submit}>
      <TextInput
        label="Leads to"
        placeholder="https://…"
        data-autofocus
        value={text}
        inputMode="url"
        autoCapitalize="off"
        autoCorrect="off"
        onChange={(event) => setText(event.currentTarget.value)}
        error={isInvalid && 'An address on the web, or an e-mail address'}
      />
      <Group justify="space-between" mt="sm" gap="xs">
        {link && isSafeLink(href) ? (
          <Anchor size="sm" href={href} target="_blank" rel="noopener noreferrer">
            Open it
          </Anchor>
        ) : (
          <span />
        )}
        <Group gap="xs">
          {link && (
            <Button size="xs" variant="default" onClick={remove}>
              Remove
            </Button>
          )}
          <Button size="xs" type="submit">
            Set link
          </Button>
        </Group>
      </Group>
    </form>
  )
}

/** Adds, changes and removes links. */
export function LinkTool({ editor }: { editor: Editor }) {
  const [opened, setOpened] = useState(false)
  const link = useEditorState({
    editor,
    selector: ({ editor: now }) =>
      now.isActive('link') ? { href: (now.getAttributes('link')['href'] as string | undefined) ?? '' } : null,
  })

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      setOpened(true)
    }
    const { dom } = editor.view
    dom.addEventListener('keydown', onKeyDown)
    return () => dom.removeEventListener('keydown', onKeyDown)
  }, [editor])

  function close() {
    setOpened(false)
    editor.commands.focus()
  }
  return (
    <ToolbarPopover
      label="Link"
      tooltip="Link (Ctrl+K)"
      icon={LinkIcon}
      isPressed={link !== null}
      opened={opened}
      onChange={setOpened}
      onDismiss={close}
    >
      <LinkForm editor={editor} link={link} onClose={close} />
    </ToolbarPopover>
  )
}
