import './draft.css'
import { Tooltip, UnstyledButton } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { Library, ListChecks } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Clauses } from './clauses.tsx'
import { fieldAsked, valueOf } from './field-view.ts'
import { FieldTool } from './field-tool.tsx'
import { Fields, useFieldNames, useValues } from './fields.tsx'
import type { LiveDocument } from './live.ts'

interface DraftToolsProps {
  live: LiveDocument
  editor: Editor
}

/** What an agreement has beside its text: fields to fill, and clauses to take from the library. */
export function DraftTools({ live, editor }: DraftToolsProps) {
  const [open, setOpen] = useState<'fields' | 'clauses' | null>(null)
  const [wanted, setWanted] = useState<string | null>(null)
  const names = useFieldNames(editor)
  useValues(live)
  const empty = names.filter((name) => !valueOf(live, name)).length

  useEffect(() => {
    function ask({ detail }: Event & { detail?: unknown }) {
      setWanted(typeof detail === 'string' ? detail : null)
      setOpen('fields')
    }
    const { dom } = editor.view
    dom.addEventListener(fieldAsked, ask)
    return () => dom.removeEventListener(fieldAsked, ask)
  }, [editor])

  function show(what: 'fields' | 'clauses') {
    setWanted(null)
    setOpen(open === what ? null : what)
  }
  const close = () => setOpen(null)
  const told = empty > 0 ? `Fields, ${empty} empty` : 'Fields'
  return (
    <>
      <span className="tool-gap" aria-hidden="true" />
      <FieldTool editor={editor} />
      <Tooltip label={told}>
        <UnstyledButton
          className="tool"
          data-toolbar-toggle
          aria-label={told}
          aria-expanded={open === 'fields'}
          data-pressed={open === 'fields' || undefined}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => show('fields')}
        >
          <ListChecks size={18} aria-hidden="true" />
          {empty > 0 && <span className="tool-count">{empty}</span>}
        </UnstyledButton>
      </Tooltip>
      <Tooltip label="Clauses">
        <UnstyledButton
          className="tool"
          data-toolbar-toggle
          aria-label="Clauses"
          aria-expanded={open === 'clauses'}
          data-pressed={open === 'clauses' || undefined}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => show('clauses')}
        >
          <Library size={18} aria-hidden="true" />
        </UnstyledButton>
      </Tooltip>
      <Fields opened={open === 'fields'} onClose={close} live={live} editor={editor} wanted={wanted} />
      <Clauses opened={open === 'clauses'} onClose={close} live={live} editor={editor} />
    </>
  )
}
