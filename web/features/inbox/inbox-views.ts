/** The views of the inbox. */
export const inboxViews = ['all', 'unread', 'snoozed', 'archived'] as const
export type InboxView = (typeof inboxViews)[number]

export const inboxViewLabels: Record<InboxView, { label: string; empty: string }> = {
  all: { label: 'All', empty: 'Nothing here yet. When somebody shares something with you, mentions you or answers you, it is told here.' },
  unread: { label: 'Unread', empty: 'You have read it all.' },
  snoozed: { label: 'Snoozed', empty: 'Nothing is put off.' },
  archived: { label: 'Archived', empty: 'Nothing was put away.' },
}
