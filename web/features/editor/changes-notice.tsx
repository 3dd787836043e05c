import { Button, CloseButton } from '@mantine/core'

interface ChangesNoticeProps {
  onShow: () => void
  onDismiss: () => void
}

/** Says that others have changed the document since the user's last visit. */
export function ChangesNotice({ onShow, onDismiss }: ChangesNoticeProps) {
  return (
    <div className="changes-notice" role="status">
      <span aria-hidden="true" />
      <span>Changed since you last looked</span>
      <Button size="compact-sm" variant="subtle" onClick={onShow}>
        Show the changes
      </Button>
      <CloseButton size="sm" aria-label="Do not show this" ml="auto" onClick={onDismiss} />
    </div>
  )
}
