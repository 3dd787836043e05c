import { SegmentedControl } from '@mantine/core'
import { useSearchParams } from 'wouter'
import { kindOfName } from './kind.tsx'

const names = { plan: 'Plan', space: 'Board' } as const

/** What of a document is shown: its text, or, of plans and spaces, what is kept beside it. Stands in the address. */
export function useView(documentName: string): 'text' | 'parts' {
  const [query] = useSearchParams()
  const kind = kindOfName(documentName)
  return kind === 'legal' || kind === null || query.get('view') === 'text' ? 'text' : 'parts'
}

/** The way from one to the other. Drafts have a text alone. */
export function Views({ documentName }: { documentName: string }) {
  const [, setQuery] = useSearchParams()
  const view = useView(documentName)
  const kind = kindOfName(documentName)
  if (kind === null || kind === 'legal') return null
  return (
    <SegmentedControl
      className="views"
      size="xs"
      aria-label="What is shown"
      value={view}
      onChange={(next) => setQuery(next === 'text' ? { view: 'text' } : {})}
      data={[
        { value: 'parts', label: names[kind] },
        { value: 'text', label: 'Text' },
      ]}
    />
  )
}
