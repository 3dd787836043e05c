import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ask } from './client.ts'
import type { Page, Venture } from './contract.ts'
import { roleWords } from './role.ts'

interface VentureChoiceProps {
  value: string
  onChange: (ventureId: string) => void
  error?: string | undefined
}

/** The venture that a new thing belongs to, if any. Shown only to those who have one. */
export function VentureChoice({ value, onChange, error }: VentureChoiceProps) {
  const ventures = useQuery({
    queryKey: ['ventures'],
    queryFn: ({ signal }) => ask<Page<Venture>>('GET', '/api/ventures?limit=100', { signal }),
  })
  const mine = ventures.data?.items.filter((venture) => roleWords[venture.role]?.writes ?? true) ?? []
  if (mine.length === 0) return null
  return (
    <NativeSelect
      label="In a venture"
      description="Its members can open this, too."
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: 'None: only whom I share it with' }, ...mine.map(({ id, name }) => ({ value: id, label: name }))]}
    />
  )
}
