import { Kbd } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import type { RefObject } from 'react'

/** Moves the focus to a row before or after the focused one. */
function moveFocus(list: HTMLElement | null, offset: number) {
  const links = [...(list?.querySelectorAll<HTMLElement>('.inbox-item-button') ?? [])]
  const focusedIndex = links.findIndex((link) => link.closest('li')?.contains(document.activeElement))
  links[Math.max(0, Math.min(links.length - 1, focusedIndex < 0 ? 0 : focusedIndex + offset))]?.focus()
}

/** Clicks a button of the focused row. */
const clickAction = (action: string) =>
  document.activeElement?.closest('li')?.querySelector<HTMLElement>(`[data-action="${action}"]`)?.click()

/** The keys that move along the rows of the inbox and use their buttons. */
export function useInboxShortcuts(list: RefObject<HTMLElement | null>): void {
  useHotkeys([
    ['j', () => moveFocus(list.current, 1)],
    ['k', () => moveFocus(list.current, -1)],
    ['ArrowDown', () => moveFocus(list.current, 1)],
    ['ArrowUp', () => moveFocus(list.current, -1)],
    ['e', () => clickAction('archive')],
    ['u', () => clickAction('read')],
    ['h', () => clickAction('snooze')],
  ])
}

/** The legend of the keys, below the rows. */
export function InboxShortcuts() {
  return (
    <p className="list-status inbox-shortcuts" aria-hidden="true">
      <Kbd>j</Kbd> <Kbd>k</Kbd> move · <Kbd>Enter</Kbd> opens · <Kbd>u</Kbd> read or unread · <Kbd>h</Kbd> snooze · <Kbd>e</Kbd> archive
    </p>
  )
}
