import './undo-toast.css'
import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'

/** How long a removal can be undone from its message, milliseconds. The time stops while the pointer or the focus is on it. */
const undoPeriodMs = 10_000

/**
 * Says what was done, with a button that undoes it.
 * @param undo called at most once
 * @returns hides the message
 */
export function showUndoToast(message: string, undo: () => void): () => void {
  const id = notifications.show({
    message: (
      <div className="undo-toast">
        <span>{message}</span>
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            hide()
            undo()
          }}
        >
          Undo
        </Button>
      </div>
    ),
    color: 'pine',
    withBorder: true,
    radius: 'md',
    autoClose: undoPeriodMs,
  })
  let isHidden = false
  function hide() {
    if (isHidden) return
    isHidden = true
    notifications.hide(id)
  }
  return hide
}
