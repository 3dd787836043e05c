import './aside.css'
import { ActionIcon, CloseButton, Drawer, Tabs, Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { LucideIcon } from 'lucide-react'
import type { KeyboardEvent, ReactNode } from 'react'

/** Something that is shown beside the text. */
export interface AsidePart {
  key: string
  label: string
  icon: LucideIcon
  content: ReactNode
}

interface AsideProps {
  parts: AsidePart[]
  /** The key of the part that is shown; null while none is. */
  shown: string | null
  onShow: (key: string | null) => void
}

/** Whether the panel has room beside the text; where it has none, it is a sheet above it. */
export const useRoomBeside = () => useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false })

/** In the bar: a button for each part. */
export function AsideButtons({ parts, shown, onShow }: AsideProps) {
  return parts.map(({ key, label, icon: Icon }) => (
    <Tooltip key={key} label={label}>
      <ActionIcon
        className="aside-button"
        variant={shown === key ? 'light' : 'subtle'}
        color={shown === key ? 'pine' : 'gray'}
        size="lg"
        aria-label={label}
        aria-expanded={shown === key}
        data-aside={key}
        onClick={() => onShow(shown === key ? null : key)}
      >
        <Icon size={20} aria-hidden="true" />
      </ActionIcon>
    </Tooltip>
  ))
}

/** The panel to the right of the text, with its parts behind tabs. */
export function Aside({ parts, shown, onShow }: AsideProps) {
  const beside = useRoomBeside()
  const part = parts.find(({ key }) => key === shown)

  function close() {
    onShow(null)
    document.querySelector<HTMLElement>(`[data-aside="${shown}"]`)?.focus()
  }
  const head = part && (
    <div className="aside-head">
      {parts.length > 1 ? (
        <Tabs value={part.key} onChange={onShow} variant="none" className="aside-tabs" classNames={{ tab: 'aside-tab' }}>
          <Tabs.List aria-label="Beside the text">
            {parts.map(({ key, label }) => (
              <Tabs.Tab key={key} value={key}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
      ) : (
        <h2 className="aside-title">{part.label}</h2>
      )}
      <CloseButton size="lg" aria-label={`Close ${part.label.toLowerCase()}`} onClick={close} />
    </div>
  )

  if (!beside)
    return (
      <Drawer.Root opened={part !== undefined} onClose={close} position="right" size="100%">
        <Drawer.Content className="aside-sheet" aria-label={part?.label}>
          {head}
          <div className="aside-body">{part?.content}</div>
        </Drawer.Content>
      </Drawer.Root>
    )
  if (!part) return null
  return (
    <aside
      className="aside"
      aria-label={part.label}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key === 'Escape' && !event.defaultPrevented && event.currentTarget.contains(event.target as Element)) close()
      }}
    >
      {head}
      <div className="aside-body">{part.content}</div>
    </aside>
  )
}
