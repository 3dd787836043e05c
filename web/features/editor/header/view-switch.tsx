import { SegmentedControl } from '@mantine/core'
import { useSearchParams } from 'wouter'
import { toDocumentKind } from '../../../ui/document-kind.tsx'

const viewLabels = { plan: 'Plan', space: 'Board' } as const

/** The view of a document: its text or, for plans and spaces, its sections. It is part of the URL. */
export function useDocumentView(documentName: string): 'text' | 'sections' {
  const [query] = useSearchParams()
  const kind = toDocumentKind(documentName)
  return kind === 'legal' || kind === null || query.get('view') === 'text' ? 'text' : 'sections'
}

/** Switches between sections and text. Drafts have only a text. */
export function ViewSwitch({ documentName }: { documentName: string }) {
  const [, setQuery] = useSearchParams()
  const view = useDocumentView(documentName)
  const kind = toDocumentKind(documentName)
  if (kind === null || kind === 'legal') return null
  return (
    <SegmentedControl
      className="view-switch"
      size="xs"
      aria-label="What is shown"
      value={view}
      onChange={(next) => setQuery(next === 'text' ? { view: 'text' } : {})}
      data={[
        { value: 'sections', label: viewLabels[kind] },
        { value: 'text', label: 'Text' },
      ]}
    />
  )
}
