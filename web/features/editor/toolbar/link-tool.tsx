import { Anchor, Button, Group, Popover, TextInput, Tooltip, UnstyledButton } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Link as LinkIcon } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { isSafeLink } from '../../../../domain/documents/richtext/schema.ts'

/** Completes a typed address: without a scheme it is `https:`, with an @ it is `mailto:`. Returns null if it is not a safe link. */
export function toLink(text: string): string | null {
  const typed = text.trim()
  const href = /^[a-z][a-z0-9+.-]*:/i.test(typed) ? typed : /^[^\s/@]+@[^\s/@]+$/.test(typed) ? `mailto:${typed}` : `https://${typed}`
  return isSafeLink(href) && typed !== '' ? href : null
}

/** Adds, changes and removes links. */
export function LinkTool({ editor }: { editor: Editor }) {
  const [opened, setOpened] = useState(false)
  const [text, setText] = useState('')
  const [isInvalid, setIsInvalid] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const { isActive, href } = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      isActive: now.isActive('link'),
      href: (now.getAttributes('link')['href'] as string | undefined) ?? '',
    }),
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
  useEffect(() => {
    // On a phone the button may be scrolled out of view, and its popover with it.
    if (opened) button.current?.scrollIntoView({ inline: 'center', block: 'nearest' })
    if (opened) setText(href)
    setIsInvalid(false)
  }, [opened, href])

  function close() {
    setOpened(false)
    editor.commands.focus()
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    // React events bubble through portals to outer forms.
    event.stopPropagation()
    const link = toLink(text)
    if (!link) return setIsInvalid(true)
    const { from, to } = editor.state.selection
    // Without selected text the address itself becomes the text.
    if (!isActive && editor.state.doc.textBetween(from, to) === '') {
      const textNode = { type: 'text', text: text.trim(), marks: [{ type: 'link', attrs: { href: link } }] }
      editor.chain().insertContentAt(from, textNode).unsetMark('link').run()
    } else {
      editor.chain().extendMarkRange('link').setLink({ href: link }).run()
    }
    close()
  }
  function remove() {
    editor.chain().extendMarkRange('link').unsetLink().run()
    close()
  }

  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      onDismiss={close}
      position="bottom"
      trapFocus
      withinPortal
      hideDetached={false}
      shadow="md"
      radius="md"
      width={300}
    >
      <Popover.Target>
        <Tooltip label="Link (Ctrl+K)">
          <UnstyledButton
            ref={button}
            className="toolbar-button"
            data-toolbar-toggle
            aria-label="Link"
            aria-pressed={isActive}
            data-pressed={isActive || undefined}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => setOpened(!opened)}
          >
            <LinkIcon size={18} aria-hidden="true" />
          </UnstyledButton>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Link">
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
            {isActive && isSafeLink(href) ? (
              <Anchor size="sm" href={href} target="_blank" rel="noopener noreferrer">
                Open it
              </Anchor>
            ) : (
              <span />
            )}
            <Group gap="xs">
              {isActive && (
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
      </Popover.Dropdown>
    </Popover>
  )
}
