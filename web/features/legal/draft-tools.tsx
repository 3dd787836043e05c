import './legal.css'
import type { Editor } from '@tiptap/core'
import { Library, ListChecks } from 'lucide-react'
import { useEffect, useState } from 'react'
import { ClauseLibrary } from './clause-library.tsx'
import { openFieldEvent, getFieldValue } from './field-node-view.ts'
import { FieldTool } from './field-tool.tsx'
import { FieldsDrawer, useFieldNames, useFieldValueUpdates } from './fields-drawer.tsx'
import type { LiveDocument } from '../../lib/collab/live-document.ts'
import { ToolbarButton } from '../../ui/toolbar-button.tsx'

interface DraftToolsProps {
  liveDocument: LiveDocument
  editor: Editor
}

/** The tools of drafts: fields and clauses. */
export function DraftTools({ liveDocument, editor }: DraftToolsProps) {
  const [openTool, setOpenTool] = useState<'fields' | 'clauses' | null>(null)
  const [focusedField, setFocusedField] = useState<string | null>(null)
  const names = useFieldNames(editor)
  useFieldValueUpdates(liveDocument)
  const emptyCount = names.filter((name) => !getFieldValue(liveDocument, name)).length

  useEffect(() => {
    function openField({ detail }: Event & { detail?: unknown }) {
      setFocusedField(typeof detail === 'string' ? detail : null)
      setOpenTool('fields')
    }
    const { dom } = editor.view
    dom.addEventListener(openFieldEvent, openField)
    return () => dom.removeEventListener(openFieldEvent, openField)
  }, [editor])

  function toggleTool(tool: 'fields' | 'clauses') {
    setFocusedField(null)
    setOpenTool(openTool === tool ? null : tool)
  }
  const close = () => setOpenTool(null)
  const fieldsLabel = emptyCount > 0 ? `Fields, ${emptyCount} empty` : 'Fields'
  return (
    <>
      <span className="toolbar-separator" aria-hidden="true" />
      <FieldTool editor={editor} />
      <ToolbarButton label={fieldsLabel} isExpanded={openTool === 'fields'} onClick={() => toggleTool('fields')}>
        <ListChecks size={18} aria-hidden="true" />
        {emptyCount > 0 && <span className="toolbar-button-count">{emptyCount}</span>}
      </ToolbarButton>
      <ToolbarButton label="Clauses" isExpanded={openTool === 'clauses'} onClick={() => toggleTool('clauses')}>
        <Library size={18} aria-hidden="true" />
      </ToolbarButton>
      <FieldsDrawer
        opened={openTool === 'fields'}
        onClose={close}
        liveDocument={liveDocument}
        editor={editor}
        focusedField={focusedField}
      />
      <ClauseLibrary opened={openTool === 'clauses'} onClose={close} liveDocument={liveDocument} editor={editor} />
    </>
  )
}
