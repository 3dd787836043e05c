import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { inAppAndEmail } from '../kernel/manifest/notification.ts'
import { UserChanged, UserCreated } from './events.ts'
import { buildWelcome } from './notifications.ts'
import { User } from './user.ts'

export const users = defineSlice({
  name: 'users',
  description: 'People.',
  entities: [User],
  notifications: {
    'user.welcome': { category: 'system', priority: 'low', channels: inAppAndEmail, on: UserCreated, build: buildWelcome },
  },
  accessEvents: [{ on: UserChanged, affects: ({ data }) => ({ userId: data.userId as string }) }],
})
