import { VisuallyHidden } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { request, queryClient } from '../../../lib/api-client.ts'
import type { DocumentRecord, DocumentKind } from '../../../lib/api-types.ts'
import { DocumentKindIcon, toDocumentKind, documentKinds } from '../../../ui/document-kind.tsx'
import { toErrorMessage } from '../../../lib/problem.ts'
import { showToast } from '../../../ui/toast.ts'

/** The resource and field that hold the title of each kind. A plan has the name of its venture. */
const titleFields: Record<DocumentKind, { path: string; field: string }> = {
  legal: { path: '/api/legal/documents', field: 'title' },
  plan: { path: '/api/ventures', field: 'name' },
  space: { path: '/api/spaces', field: 'name' },
}

/** Changes the title of a document. */
function useRenaming(documentName: string, kind: DocumentKind, onFailed: () => void) {
  return useMutation({
    mutationFn: (next: string) =>
      request('PATCH', `${titleFields[kind].path}/${documentName.slice(kind.length + 1)}`, { body: { [titleFields[kind].field]: next } }),
    onSuccess: (_, next) => {
      queryClient.setQueryData<DocumentRecord>(['document', documentName], (record) => record && { ...record, title: next })
      void queryClient.invalidateQueries({ queryKey: ['documents'] })
      void queryClient.invalidateQueries({ queryKey: ['document', documentName] })
    },
    onError: (error) => {
      onFailed()
      showToast(`The title was not changed. ${toErrorMessage(error)}`, 'red')
    },
  })
}

interface DocumentTitleProps {
  documentName: string
  title: string
  editable: boolean
}

/** The title, editable with write access. */
export function DocumentTitle({ documentName, title, editable }: DocumentTitleProps) {
  const kind = toDocumentKind(documentName) ?? 'legal'
  const [text, setText] = useState(title)
  useEffect(() => setText(title), [title])

  const renaming = useRenaming(documentName, kind, () => setText(title))

  function save() {
    const next = text.trim()
    if (next && next !== title) renaming.mutate(next)
    else setText(title)
  }
  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter') event.currentTarget.blur()
    if (event.key === 'Escape') {
      setText(title)
      // The blur handler must see the restored title.
      const field = event.currentTarget
      requestAnimationFrame(() => field.blur())
    }
  }

  return (
    <div className="document-title">
      <DocumentKindIcon kind={kind} size={32} />
      <div className="document-title-content">
        {editable ? (
          <>
            <VisuallyHidden component="h1">{title}</VisuallyHidden>
            <span className="document-title-sizer" data-text={text || documentKinds[kind].singular}>
              <input
                className="document-title-input"
                aria-label="Title"
                dir="auto"
                value={text}
                maxLength={documentKinds[kind].maxLength}
                size={1}
                placeholder={documentKinds[kind].singular}
                onChange={(event) => setText(event.currentTarget.value)}
                onBlur={save}
                onKeyDown={onKeyDown}
              />
            </span>
          </>
        ) : (
          <h1 className="document-title-text" dir="auto">
            {title || 'Untitled'}
          </h1>
        )}
      </div>
    </div>
  )
}
