import { Anchor, Button, Group, Popover, TextInput, Tooltip, UnstyledButton } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Link as LinkIcon } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { isSafeLink } from '../domain/documents/prose.ts'

/** What was meant: an address without a scheme is one on the web, one with an @ is a mailbox. */
export function linkFrom(text: string): string | null {
  const typed = text.trim()
  const href = /^[a-z][a-z0-9+.-]*:/i.test(typed) ? typed : /^[^\s/@]+@[^\s/@]+$/.test(typed) ? `mailto:${typed}` : `https://${typed}`
  return isSafeLink(href) && typed !== '' ? href : null
}

/** Makes, changes and removes links. */
export function LinkTool({ editor }: { editor: Editor }) {
  const [opened, setOpened] = useState(false)
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const { pressed, href } = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      pressed: now.isActive('link'),
      href: (now.getAttributes('link')['href'] as string | undefined) ?? '',
    }),
  })

  useEffect(() => {
    function onKeys(event: KeyboardEvent) {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      setOpened(true)
    }
    const { dom } = editor.view
    dom.addEventListener('keydown', onKeys)
    return () => dom.removeEventListener('keydown', onKeys)
  }, [editor])
  useEffect(() => {
    // On a phone the tool may be scrolled away, and its dialog with it.
    if (opened) button.current?.scrollIntoView({ inline: 'center', block: 'nearest' })
    if (opened) setText(href)
    setWrong(false)
  }, [opened, href])

  function close() {
    setOpened(false)
    editor.commands.focus()
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    // The dialog is inside of no other form, but React lets the event rise through portals.
    event.stopPropagation()
    const link = linkFrom(text)
    if (!link) return setWrong(true)
    const { from, to } = editor.state.selection
    // Where no text is chosen, the address itself becomes the text.
    if (!pressed && editor.state.doc.textBetween(from, to) === '') {
      const words = { type: 'text', text: text.trim(), marks: [{ type: 'link', attrs: { href: link } }] }
      editor.chain().insertContentAt(from, words).unsetMark('link').run()
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
            className="tool"
            data-toolbar-toggle
            aria-label="Link"
            aria-pressed={pressed}
            data-pressed={pressed || undefined}
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
            error={wrong && 'An address on the web, or an e-mail address'}
          />
          <Group justify="space-between" mt="sm" gap="xs">
            {pressed && isSafeLink(href) ? (
              <Anchor size="sm" href={href} target="_blank" rel="noopener noreferrer">
                Open it
              </Anchor>
            ) : (
              <span />
            )}
            <Group gap="xs">
              {pressed && (
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
