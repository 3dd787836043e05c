import { Autocomplete, Button, Group, Popover, Tooltip, UnstyledButton } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { Braces } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { isVariableName, variableLabel } from '../domain/documents/prose.ts'
import { useFieldNames } from './fields.tsx'

/** The name that a text means: one that is there by its label, or a new one in small letters. */
export function fieldNameFrom(text: string, known: readonly string[]): string | null {
  const typed = text.trim().replace(/\s+/g, ' ')
  const same = known.find((name) => variableLabel(name).toLowerCase() === typed.toLowerCase())
  const name = same ?? typed.toLowerCase().replaceAll(' ', '-')
  return isVariableName(name) ? name : null
}

/** Puts a field into the text, a known one or a new one. */
export function FieldTool({ editor }: { editor: Editor }) {
  const [opened, setOpened] = useState(false)
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const names = useFieldNames(editor)
  useEffect(() => {
    if (opened) button.current?.scrollIntoView({ inline: 'center', block: 'nearest' })
    setText('')
    setWrong(false)
  }, [opened])

  function close() {
    setOpened(false)
    editor.commands.focus()
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    // React lets the event rise through portals.
    event.stopPropagation()
    const name = fieldNameFrom(text, names)
    if (!name) return setWrong(true)
    editor.chain().focus().insertContent({ type: 'variable', attrs: { name } }).run()
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
        <Tooltip label="Insert a field">
          <UnstyledButton
            ref={button}
            className="tool"
            data-toolbar-toggle
            aria-label="Insert a field"
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => setOpened(!opened)}
          >
            <Braces size={18} aria-hidden="true" />
          </UnstyledButton>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label="Insert a field">
        <form onSubmit={submit}>
          <Autocomplete
            label="Field"
            description="It is filled once, and shown wherever it stands."
            placeholder="Effective date"
            data-autofocus
            maxLength={60}
            openOnFocus={false}
            value={text}
            onChange={setText}
            data={names.map(variableLabel).filter((label, place, all) => all.indexOf(label) === place)}
            comboboxProps={{ withinPortal: false }}
            error={wrong && 'Letters, digits and spaces, a letter first'}
          />
          <Group justify="flex-end" mt="sm">
            <Button size="xs" type="submit">
              Insert
            </Button>
          </Group>
        </form>
      </Popover.Dropdown>
    </Popover>
  )
}
