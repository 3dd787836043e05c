import { Button } from '@mantine/core'
import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'

interface PartProps {
  title: string
  /** Says what it is for while there is nothing in it. */
  empty?: string | false
  wide?: boolean
  add?: { label: string; go: () => void } | false
  children: ReactNode
}

/** One part of the page, under its heading. */
export function Part({ title, empty, wide = false, add, children }: PartProps) {
  return (
    <section className="part" data-wide={wide} aria-label={title}>
      <div className="part-head">
        <h2>{title}</h2>
        {add && (
          <Button size="compact-sm" variant="subtle" leftSection={<Plus size={15} aria-hidden="true" />} onClick={add.go}>
            {add.label}
          </Button>
        )}
      </div>
      {empty ? <p className="part-empty">{empty}</p> : children}
    </section>
  )
}
