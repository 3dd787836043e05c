/** Every migration, in order. A released one is never changed; what comes after it is a new one. */
import { Kernel } from './0001-kernel.ts'
import { Users } from './0002-users.ts'
import { Access } from './0003-access.ts'
import { Auth } from './0004-auth.ts'
import { Documents } from './0005-documents.ts'
import { Ventures } from './0006-ventures.ts'
import { Spaces } from './0007-spaces.ts'
import { Legal } from './0008-legal.ts'
import { Journal } from './0009-journal.ts'
import { PackedSnapshots } from './0010-packed-snapshots.ts'
import { History } from './0011-history.ts'
import { Comments } from './0012-comments.ts'
import { Templates } from './0013-templates.ts'
import { Looks } from './0015-looks.ts'
import { Exports } from './0014-exports.ts'
import { Deliveries } from './0016-deliveries.ts'
import { Notifications } from './0017-notifications.ts'
import { SnapshotAuthors } from './0020-snapshot-authors.ts'
import { EventAudience } from './0021-event-audience.ts'
import { TypedSuggestions } from './0022-typed-suggestions.ts'
import { Messaging } from './0018-messaging.ts'
import { Channels } from './0019-channels.ts'

export const migrations = [
  { name: '0001-kernel', class: Kernel },
  { name: '0002-users', class: Users },
  { name: '0003-access', class: Access },
  { name: '0004-auth', class: Auth },
  { name: '0005-documents', class: Documents },
  { name: '0006-ventures', class: Ventures },
  { name: '0007-spaces', class: Spaces },
  { name: '0008-legal', class: Legal },
  { name: '0009-journal', class: Journal },
  { name: '0010-packed-snapshots', class: PackedSnapshots },
  { name: '0011-history', class: History },
  { name: '0012-comments', class: Comments },
  { name: '0013-templates', class: Templates },
  { name: '0015-looks', class: Looks },
  { name: '0014-exports', class: Exports },
  { name: '0016-deliveries', class: Deliveries },
  { name: '0017-notifications', class: Notifications },
  { name: '0020-snapshot-authors', class: SnapshotAuthors },
  { name: '0021-event-audience', class: EventAudience },
  { name: '0018-messaging', class: Messaging },
  { name: '0019-channels', class: Channels },
  { name: '0022-typed-suggestions', class: TypedSuggestions },
]
