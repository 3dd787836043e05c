import { Autocomplete, Button, Group, Popover, Tooltip, UnstyledButton } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { Braces } from 'lucide-react'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { isVariableName, variableLabel } from '../../../domain/documents/richtext/schema.ts'
import { useFieldNames } from './fields-drawer.tsx'

/** Returns the field name for a typed text: a known field by its label, or a new name in lower case. Null if it is invalid. */
export function toFieldName(text: string, knownNames: readonly string[]): string | null {
  const typed = text.trim().replace(/\s+/g, ' ')
  const existing = knownNames.find((name) => variableLabel(name).toLowerCase() === typed.toLowerCase())
  const name = existing ?? typed.toLowerCase().replaceAll(' ', '-')
  return isVariableName(name) ? name : null
}

/** Inserts a known or new field. */
export function FieldTool({ editor }: { editor: Editor }) {
  const [opened, setOpened] = useState(false)
  const [text, setText] = useState('')
  const [isInvalid, setIsInvalid] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const names = useFieldNames(editor)
  useEffect(() => {
    if (opened) button.current?.scrollIntoView({ inline: 'center', block: 'nearest' })
    setText('')
    setIsInvalid(false)
  }, [opened])

  function close() {
    setOpened(false)
    editor.commands.focus()
  }
  function submit(event: FormEvent) {
    event.preventDefault()
    // React events bubble through portals to outer forms.
    event.stopPropagation()
    const name = toFieldName(text, names)
    if (!name) return setIsInvalid(true)
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
            className="toolbar-button"
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
            data={names.map(variableLabel).filter((label, index, all) => all.indexOf(label) === index)}
            comboboxProps={{ withinPortal: false }}
            error={isInvalid && 'Letters, digits and spaces, a letter first'}
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
