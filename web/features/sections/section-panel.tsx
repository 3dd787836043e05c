import { Button } from '@mantine/core'
import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'

interface SectionPanelProps {
  title: string
  /** Shown while the section is empty. */
  emptyText?: string | false
  isWide?: boolean
  add?: { label: string; onClick: () => void } | false
  children: ReactNode
}

/** A section under its heading. */
export function SectionPanel({ title, emptyText, isWide = false, add, children }: SectionPanelProps) {
  return (
    <section className="section-panel" data-wide={isWide} aria-label={title}>
      <div className="section-panel-header">
        <h2>{title}</h2>
        {add && (
          <Button size="compact-sm" variant="subtle" leftSection={<Plus size={15} aria-hidden="true" />} onClick={add.onClick}>
            {add.label}
          </Button>
        )}
      </div>
      {emptyText ? <p className="section-panel-empty">{emptyText}</p> : children}
    </section>
  )
}
