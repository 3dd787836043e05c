import './legal.css'
import { NativeSelect, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { request } from '../../lib/api-client.ts'
import type { Template, TemplatePreview } from '../../lib/api-types.ts'

// Loaded on demand: it brings the editor's schema, which the document list does not need.
const LazyRichTextPreview = lazy(() => import('./rich-text-preview.tsx').then((preview) => ({ default: preview.RichTextPreview })))

const loadingPreview = <Skeleton h={160} aria-label="Loading" />
const path = '/api/legal/templates'

/** The text of a template. */
function TemplatePreviewPane({ template: { id, title, summary, variables } }: { template: Template }) {
  const detail = useQuery({
    queryKey: ['template', id],
    queryFn: ({ signal }) => request<TemplatePreview>('GET', `${path}/${id}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const prefilledCount = variables.filter(({ from }) => from !== null).length
  return (
    <div>
      <Text size="sm" mb="xs">
        {summary}{' '}
        <Text span size="sm" c="dimmed">
          It has {variables.length} fields; up to {prefilledCount} of them are filled from you and the venture. A sample, not legal advice.
        </Text>
      </Text>
      <Suspense fallback={loadingPreview}>
        {detail.data ? <LazyRichTextPreview content={detail.data.preview} label={`Preview: ${title}`} /> : loadingPreview}
      </Suspense>
    </div>
  )
}

/** All templates. They do not change while the page is open. */
export function useTemplates() {
  return useQuery({
    queryKey: ['templates'],
    queryFn: ({ signal }) => request<{ items: Template[] }>('GET', path, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

interface TemplatePickerProps {
  value: string
  onChange: (template: Template | null) => void
  error?: string | undefined
}

/** Chooses how a draft begins: a blank page or a template, with a preview. */
export function TemplatePicker({ value, onChange, error }: TemplatePickerProps) {
  const list = useTemplates()
  const templates = list.data?.items ?? []
  const selected = templates.find(({ id }) => id === value)
  return (
    <>
      <NativeSelect
        label="Begin with"
        value={value}
        error={error}
        onChange={({ currentTarget }) => onChange(templates.find(({ id }) => id === currentTarget.value) ?? null)}
        data={[{ value: '', label: 'A blank page' }, ...templates.map(({ id, title }) => ({ value: id, label: title }))]}
      />
      {selected && <TemplatePreviewPane template={selected} />}
    </>
  )
}
