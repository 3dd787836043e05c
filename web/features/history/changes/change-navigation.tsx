import { ActionIcon, Kbd, Tooltip } from '@mantine/core'
import { useWindowEvent } from '@mantine/hooks'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'

const offsets = new Map([
  ['n', 1],
  ['p', -1],
])
/** Where a letter is typed or chooses something. Radio buttons and sliders take no letters. */
const typingSelector = 'input:not([type="radio"]), textarea, select, [contenteditable="true"]'

interface ChangeNavigationProps {
  count: number
  /** The redline, whose changes have the attribute `data-change-index`. */
  textRef: RefObject<HTMLElement | null>
}

/** Goes from change to change, by buttons and by the keys n and p. The current change is highlighted and scrolled into view. */
export function ChangeNavigation({ count, textRef }: ChangeNavigationProps) {
  const [current, setCurrent] = useState(0)
  const goBy = (offset: number) => setCurrent((now) => (now + offset + count) % count)
  useWindowEvent('keydown', ({ key, target, ctrlKey, metaKey, altKey }) => {
    if (ctrlKey || metaKey || altKey || !offsets.has(key)) return
    if (target instanceof Element && target.closest(typingSelector)) return
    goBy(offsets.get(key) as number)
  })
  useEffect(() => {
    textRef.current?.querySelector(`[data-change-index="${current}"]`)?.scrollIntoView({ block: 'center' })
  }, [current, textRef])
  const buttons = [
    { label: 'Previous change', key: 'p', offset: -1, Icon: ArrowUp },
    { label: 'Next change', key: 'n', offset: 1, Icon: ArrowDown },
  ]
  return (
    <nav className="change-navigation" aria-label="Changes">
      {/* A rule highlights the change, so that the text need not be rendered again. */}
      <style>{`.redline [data-change-index="${current}"] { --change-outline: var(--mantine-primary-color-filled); }`}</style>
      <span role="status">
        {current + 1} of {count}
      </span>
      {buttons.map(({ label, key, offset, Icon }) => (
        <Tooltip
          key={key}
          label={
            <>
              {label} <Kbd size="xs">{key}</Kbd>
            </>
          }
        >
          <ActionIcon variant="subtle" color="gray" aria-label={label} aria-keyshortcuts={key} onClick={() => goBy(offset)}>
            <Icon size={17} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      ))}
    </nav>
  )
}
