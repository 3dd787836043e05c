import { CloseButton, Kbd, SegmentedControl, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { Search } from 'lucide-react'
import { useRef } from 'react'
import type { DocumentKind } from '../../lib/api-types.ts'
import { documentKindOrder, documentKinds } from '../../ui/document-kind.tsx'

const kindOptions = [{ value: 'all', label: 'All' }, ...documentKindOrder.map((value) => ({ value, label: documentKinds[value].plural }))]

interface DocumentSearchProps {
  text: string
  /** Null: all kinds. */
  kind: DocumentKind | null
  onTextChange: (text: string) => void
  onKindChange: (kind: DocumentKind | null) => void
}

/** Filters the documents by title and kind. The key `/` focuses the field. */
export function DocumentSearch({ text, kind, onTextChange, onKindChange }: DocumentSearchProps) {
  const field = useRef<HTMLInputElement>(null)
  useHotkeys([['/', () => field.current?.focus()]])
  return (
    <search className="document-search">
      <TextInput
        ref={field}
        className="document-search-input"
        size="md"
        type="search"
        aria-label="Search by title"
        placeholder="Search by title"
        leftSection={<Search size={18} aria-hidden="true" />}
        value={text}
        onChange={(event) => onTextChange(event.currentTarget.value)}
        rightSection={
          text ? (
            <CloseButton aria-label="Clear the search" onClick={() => onTextChange('')} />
          ) : (
            <Kbd className="document-search-shortcut" aria-hidden="true">
              /
            </Kbd>
          )
        }
      />
      <SegmentedControl
        size="md"
        aria-label="Kind of document"
        value={kind ?? 'all'}
        onChange={(value) => onKindChange(value === 'all' ? null : (value as DocumentKind))}
        data={kindOptions}
      />
    </search>
  )
}
