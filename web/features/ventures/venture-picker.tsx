import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { request } from '../../lib/api-client.ts'
import type { Page, Venture } from '../../lib/api-types.ts'
import { roleLabels } from '../../lib/role-labels.ts'

interface VenturePickerProps {
  value: string
  onChange: (ventureId: string) => void
  error?: string | undefined
}

/** Chooses the venture that a new document belongs to. Renders nothing without a venture to choose. */
export function VenturePicker({ value, onChange, error }: VenturePickerProps) {
  const ventures = useQuery({
    queryKey: ['ventures'],
    queryFn: ({ signal }) => request<Page<Venture>>('GET', '/api/ventures?limit=100', { signal }),
  })
  const writableVentures = ventures.data?.items.filter((venture) => roleLabels[venture.role]?.canWrite ?? true) ?? []
  if (writableVentures.length === 0) return null
  return (
    <NativeSelect
      label="In a venture"
      description="Its members can open this, too."
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: 'None: only whom I share it with' },
        ...writableVentures.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  )
}
