import { Button, CloseButton } from '@mantine/core'

interface ChangedLineProps {
  onShow: () => void
  onDismiss: () => void
}

/** Above the text, quietly: others have written since one was here. */
export function ChangedLine({ onShow, onDismiss }: ChangedLineProps) {
  return (
    <div className="changed-line" role="status">
      <span aria-hidden="true" />
      <span>Changed since you last looked</span>
      <Button size="compact-sm" variant="subtle" onClick={onShow}>
        Show the changes
      </Button>
      <CloseButton size="sm" aria-label="Do not show this" ml="auto" onClick={onDismiss} />
    </div>
  )
}
