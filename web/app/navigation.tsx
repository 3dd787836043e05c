import { AccountMenu } from '../features/account/account-menu.tsx'
import { ConversationsLink } from '../features/messaging/conversations-link.tsx'
import { EnvelopesLink } from '../features/signing/envelopes-link.tsx'
import { NotificationBell } from '../features/inbox/notification-bell.tsx'

/** The links at the end of every page header: conversations, signatures, inbox, account. */
export const navigation = (
  <>
    <ConversationsLink />
    <EnvelopesLink />
    <NotificationBell />
    <AccountMenu />
  </>
)
