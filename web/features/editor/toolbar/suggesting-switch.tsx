import { Tooltip, UnstyledButton } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Pencil, PencilLine } from 'lucide-react'
import { isSuggesting, rememberSuggesting, setSuggesting } from '../../suggestions/suggestion-mode.ts'

interface SuggestingSwitchProps {
  editor: Editor
  documentName: string
  /** Whether the user may edit. Otherwise suggestion mode stays on. */
  canWrite: boolean
}

/** Switches between editing and suggesting. */
export function SuggestingSwitch({ editor, documentName, canWrite }: SuggestingSwitchProps) {
  const isOn = useEditorState({ editor, selector: ({ editor: now }) => isSuggesting(now) })
  const Icon = isOn ? PencilLine : Pencil
  const hint = isOn ? 'Your changes become suggestions' : 'Your changes are made directly'
  function toggle() {
    rememberSuggesting(documentName, !isOn)
    setSuggesting(editor, !isOn)
  }
  return (
    <Tooltip label={canWrite ? hint : 'You can suggest changes. An editor accepts or rejects them.'}>
      <UnstyledButton
        className="suggesting-switch"
        role="switch"
        aria-checked={isOn}
        aria-disabled={!canWrite}
        aria-label="Suggesting"
        onMouseDown={(event) => event.preventDefault()}
        onClick={canWrite ? toggle : undefined}
      >
        <Icon size={16} aria-hidden="true" />
        {isOn ? 'Suggesting' : 'Editing'}
      </UnstyledButton>
    </Tooltip>
  )
}
