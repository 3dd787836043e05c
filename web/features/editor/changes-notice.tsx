import { Button, CloseButton } from '@mantine/core'
import type { LastViewedRevision } from './last-viewed.ts'

interface ChangesNoticeProps {
  lastViewed: LastViewedRevision
  /** Shows the changes since a revision. */
  onShow: (since: number) => void
}

/** Says that others have changed the document since the user's last visit. */
export function ChangesNotice({ lastViewed: { since, dismiss }, onShow }: ChangesNoticeProps) {
  if (since === null) return null
  return (
    <div className="changes-notice" role="status">
      <span aria-hidden="true" />
      <span>Changed since you last looked</span>
      <Button
        size="compact-sm"
        variant="subtle"
        onClick={() => {
          dismiss()
          onShow(since)
        }}
      >
        Show the changes
      </Button>
      <CloseButton size="sm" aria-label="Do not show this" ml="auto" onClick={dismiss} />
    </div>
  )
}
