import { Tooltip, UnstyledButton } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Pencil, PencilLine } from 'lucide-react'
import { isSuggesting, setSuggesting } from '../../suggestions/suggestion-mode.ts'

/** Switches between editing and suggesting. */
export function SuggestingSwitch({ editor }: { editor: Editor }) {
  const isOn = useEditorState({ editor, selector: ({ editor: now }) => isSuggesting(now) })
  const Icon = isOn ? PencilLine : Pencil
  return (
    <Tooltip label={isOn ? 'What you write is suggested' : 'What you write changes the text'}>
      <UnstyledButton
        className="suggesting-switch"
        role="switch"
        aria-checked={isOn}
        aria-label="Suggesting"
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => setSuggesting(editor, !isOn)}
      >
        <Icon size={16} aria-hidden="true" />
        <span className="suggesting-switch-label">{isOn ? 'Suggesting' : 'Editing'}</span>
      </UnstyledButton>
    </Tooltip>
  )
}
