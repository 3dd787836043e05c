import { VisuallyHidden } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useState } from 'react'
import { ask, queries } from './client.ts'
import type { DocumentRecord, Kind } from './contract.ts'
import { KindSign, kindOfName, kinds } from './kind.tsx'
import { explain } from './problem.ts'
import { say } from './toast.ts'

/** Where each kind keeps its name. A plan has its venture's. */
const places: Record<Kind, { path: string; field: string }> = {
  legal: { path: '/api/legal/documents', field: 'title' },
  plan: { path: '/api/ventures', field: 'name' },
  space: { path: '/api/spaces', field: 'name' },
}

interface TitleProps {
  documentName: string
  title: string
  editable: boolean
}

/** The title; who may write the text may write it, too. */
export function Title({ documentName, title, editable }: TitleProps) {
  const kind = kindOfName(documentName) ?? 'legal'
  const [text, setText] = useState(title)
  useEffect(() => setText(title), [title])

  const renaming = useMutation({
    mutationFn: (next: string) =>
      ask('PATCH', `${places[kind].path}/${documentName.slice(kind.length + 1)}`, { body: { [places[kind].field]: next } }),
    onSuccess: (_, next) => {
      queries.setQueryData<DocumentRecord>(['document', documentName], (record) => record && { ...record, title: next })
      void queries.invalidateQueries({ queryKey: ['documents'] })
      void queries.invalidateQueries({ queryKey: ['document', documentName] })
    },
    onError: (error) => {
      setText(title)
      say(`The title was not changed. ${explain(error)}`, 'red')
    },
  })

  function settle() {
    const next = text.trim()
    if (next && next !== title) renaming.mutate(next)
    else setText(title)
  }
  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === 'Enter') event.currentTarget.blur()
    if (event.key === 'Escape') {
      setText(title)
      // The blur that follows must find the old text.
      const field = event.currentTarget
      requestAnimationFrame(() => field.blur())
    }
  }

  return (
    <div className="title">
      <KindSign kind={kind} size={32} />
      <div className="title-words">
        {editable ? (
          <>
            <VisuallyHidden component="h1">{title}</VisuallyHidden>
            <span className="title-grow" data-text={text || kinds[kind].one}>
              <input
                className="title-field"
                aria-label="Title"
                value={text}
                maxLength={kinds[kind].longest}
                size={1}
                placeholder={kinds[kind].one}
                onChange={(event) => setText(event.currentTarget.value)}
                onBlur={settle}
                onKeyDown={onKeyDown}
              />
            </span>
          </>
        ) : (
          <h1 className="title-fixed">{title || 'Untitled'}</h1>
        )}
      </div>
    </div>
  )
}
