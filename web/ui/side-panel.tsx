import './side-panel.css'
import { ActionIcon, CloseButton, Drawer, Tabs, Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { LucideIcon } from 'lucide-react'
import type { KeyboardEvent, ReactNode } from 'react'

/** A tab of the side panel. */
export interface SidePanelTab {
  key: string
  label: string
  icon: LucideIcon
  content: ReactNode
}

interface SidePanelProps {
  tabs: SidePanelTab[]
  /** The key of the open tab; null while the panel is closed. */
  activeTab: string | null
  onTabChange: (key: string | null) => void
}

/** Whether the screen is wide enough for a panel beside the text. Otherwise the panel covers the text. */
export const useIsWide = () => useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false })

/** Buttons in the header, one for each tab. */
export function SidePanelButtons({ tabs, activeTab, onTabChange }: SidePanelProps) {
  return tabs.map(({ key, label, icon: Icon }) => (
    <Tooltip key={key} label={label}>
      <ActionIcon
        variant={activeTab === key ? 'light' : 'subtle'}
        color={activeTab === key ? 'pine' : 'gray'}
        size="lg"
        aria-label={label}
        aria-expanded={activeTab === key}
        data-side-panel-tab={key}
        onClick={() => onTabChange(activeTab === key ? null : key)}
      >
        <Icon size={20} aria-hidden="true" />
      </ActionIcon>
    </Tooltip>
  ))
}

/** The panel to the right of the text. */
export function SidePanel({ tabs, activeTab, onTabChange }: SidePanelProps) {
  const isWide = useIsWide()
  const tab = tabs.find(({ key }) => key === activeTab)

  function close() {
    onTabChange(null)
    document.querySelector<HTMLElement>(`[data-side-panel-tab="${activeTab}"]`)?.focus()
  }
  const header = tab && (
    <div className="side-panel-header">
      {tabs.length > 1 ? (
        <Tabs value={tab.key} onChange={onTabChange} variant="none" className="side-panel-tabs" classNames={{ tab: 'side-panel-tab' }}>
          <Tabs.List aria-label="Beside the text">
            {tabs.map(({ key, label }) => (
              <Tabs.Tab key={key} value={key}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
      ) : (
        <h2 className="side-panel-title">{tab.label}</h2>
      )}
      <CloseButton size="lg" aria-label={`Close ${tab.label.toLowerCase()}`} onClick={close} />
    </div>
  )

  if (!isWide)
    return (
      <Drawer.Root opened={tab !== undefined} onClose={close} position="right" size="100%">
        <Drawer.Content className="side-panel-sheet" aria-label={tab?.label}>
          {header}
          <div className="side-panel-body">{tab?.content}</div>
        </Drawer.Content>
      </Drawer.Root>
    )
  if (!tab) return null
  return (
    <aside
      className="side-panel"
      aria-label={tab.label}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key === 'Escape' && !event.defaultPrevented && event.currentTarget.contains(event.target as Element)) close()
      }}
    >
      {header}
      <div className="side-panel-body">{tab.content}</div>
    </aside>
  )
}
