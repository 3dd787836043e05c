import './draft.css'
import { NativeSelect, Skeleton, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { ask } from './client.ts'
import type { Template, TemplatePreview } from './contract.ts'

// With it comes the schema of the text, which the list of documents does without.
const ProsePreview = lazy(() => import('./prose-preview.tsx').then((preview) => ({ default: preview.ProsePreview })))

const waiting = <Skeleton h={160} aria-label="Loading" />
const path = '/api/legal/templates'

/** The text itself, to look at before one takes it. */
function Preview({ template: { id, title, summary, variables } }: { template: Template }) {
  const whole = useQuery({
    queryKey: ['template', id],
    queryFn: ({ signal }) => ask<TemplatePreview>('GET', `${path}/${id}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const known = variables.filter(({ from }) => from !== null).length
  return (
    <div>
      <Text size="sm" mb="xs">
        {summary}{' '}
        <Text span size="sm" c="dimmed">
          It has {variables.length} fields; up to {known} of them are filled from you and the venture. A sample, not legal advice.
        </Text>
      </Text>
      <Suspense fallback={waiting}>
        {whole.data ? <ProsePreview content={whole.data.preview} label={`Preview: ${title}`} /> : waiting}
      </Suspense>
    </div>
  )
}

/** All templates; they do not change while the page is open. */
export function useTemplates() {
  return useQuery({
    queryKey: ['templates'],
    queryFn: ({ signal }) => ask<{ items: Template[] }>('GET', path, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

interface TemplateChoiceProps {
  value: string
  onChange: (template: Template | null) => void
  error?: string | undefined
}

/** What a draft begins with: a blank page, or one of the templates, which is shown. */
export function TemplateChoice({ value, onChange, error }: TemplateChoiceProps) {
  const list = useTemplates()
  const templates = list.data?.items ?? []
  const chosen = templates.find(({ id }) => id === value)
  return (
    <>
      <NativeSelect
        label="Begin with"
        value={value}
        error={error}
        onChange={({ currentTarget }) => onChange(templates.find(({ id }) => id === currentTarget.value) ?? null)}
        data={[{ value: '', label: 'A blank page' }, ...templates.map(({ id, title }) => ({ value: id, label: title }))]}
      />
      {chosen && <Preview template={chosen} />}
    </>
  )
}
