import { Autocomplete, Button, Group } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { Braces } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { isVariableName, variableLabel } from '../../../domain/documents/richtext/schema.ts'
import { ToolbarPopover } from '../../ui/toolbar-popover.tsx'
import { useFieldNames } from './fields-drawer.tsx'

/** Returns the field name for a typed text: a known field by its label, or a new name in lower case. Null if it is invalid. */
export function toFieldName(text: string, knownNames: readonly string[]): string | null {
  const typed = text.trim().replace(/\s+/g, ' ')
  const existing = knownNames.find((name) => variableLabel(name).toLowerCase() === typed.toLowerCase())
  const name = existing ?? typed.toLowerCase().replaceAll(' ', '-')
  return isVariableName(name) ? name : null
}

function FieldForm({ editor, onClose }: { editor: Editor; onClose: () => void }) {
  const [text, setText] = useState('')
  const [isInvalid, setIsInvalid] = useState(false)
  const names = useFieldNames(editor)

  function submit(event: FormEvent) {
    event.preventDefault()
    // React events bubble through portals to outer forms.
    event.stopPropagation()
    const name = toFieldName(text, names)
    if (!name) return setIsInvalid(true)
    editor.chain().focus().insertContent({ type: 'variable', attrs: { name } }).run()
    onClose()
  }
  return (
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
  )
}

/** Inserts a known or new field. */
export function FieldTool({ editor }: { editor: Editor }) {
  const [opened, setOpened] = useState(false)
  function close() {
    setOpened(false)
    editor.commands.focus()
  }
  return (
    <ToolbarPopover label="Insert a field" icon={Braces} opened={opened} onChange={setOpened} onDismiss={close}>
      <FieldForm editor={editor} onClose={close} />
    </ToolbarPopover>
  )
}
