import { Tooltip, UnstyledButton } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Pencil, PencilLine } from 'lucide-react'
import { isSuggesting, setSuggesting } from './suggestion-mode.ts'

/** Whether what one writes changes the text, or is suggested for it. */
export function ModeSwitch({ editor }: { editor: Editor }) {
  const on = useEditorState({ editor, selector: ({ editor: now }) => isSuggesting(now) })
  const Icon = on ? PencilLine : Pencil
  return (
    <Tooltip label={on ? 'What you write is suggested' : 'What you write changes the text'}>
      <UnstyledButton
        className="mode-switch"
        role="switch"
        aria-checked={on}
        aria-label="Suggesting"
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => setSuggesting(editor, !on)}
      >
        <Icon size={16} aria-hidden="true" />
        {on ? 'Suggesting' : 'Editing'}
      </UnstyledButton>
    </Tooltip>
  )
}
