import type { PublishedEvent } from '../kernel/events/event.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { everyChannel, inApp, inAppAndEmail } from '../kernel/manifest/notification.ts'
import { register } from '../kernel/manifest/hook.ts'
import { UserDeleted } from '../users/events.ts'
import { authorizeAudiences } from './audience.ts'
import { AccessChanged } from './events.ts'
import { Grant, Subject } from './grant.ts'
import { buildAccessNotifications } from './notifications.ts'
import { endRoles } from './ownership.ts'

const accessNotification = {
  category: 'team',
  group: { name: 'access', words: 'changes of your access to' },
  on: AccessChanged,
  build: buildAccessNotifications,
  // the owner of a new subject is not notified of it
  filter: ({ data }: PublishedEvent) => data.was !== undefined,
} as const

export const access = defineSlice({
  name: 'access',
  description: 'Events of the subjects that you can read, and ownership.',
  entities: [Subject, Grant],
  hooks: [register(UserDeleted, endRoles)],
  notifications: {
    'team.invitation': { ...accessNotification, priority: 'high', channels: everyChannel },
    'team.role-changed': { ...accessNotification, priority: 'medium', channels: inApp },
    'team.access-ended': { ...accessNotification, priority: 'medium', channels: inAppAndEmail },
  },
  accessEvents: [
    {
      on: AccessChanged,
      // nobody has a new subject open
      affects: ({ data }) => (data.was === undefined ? undefined : { userId: data.userId as string }),
    },
  ],
  staleQueries: [
    {
      on: AccessChanged,
      keys: [
        ['document', '$subject'],
        ['members', '$subject'],
      ],
    },
  ],
  internal: [authorizeAudiences],
})
