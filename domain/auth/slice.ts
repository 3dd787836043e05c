import { onEvent, schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { UserChanged } from '../users/events.ts'
import { everyChannel } from '../kernel/manifest/notification.ts'
import { PasswordChanged, SessionEnded } from './events.ts'
import { buildPasswordNotice } from './notifications.ts'
import { identifyLink } from './link-token.ts'
import { forgetSignIn } from './password-change.ts'
import { Credential } from './password.ts'
import { assertSessionActive, forgetOldSessions, identify, verifyTokenSignature, RefreshToken, Session } from './session.ts'

export const auth = defineSlice({
  name: 'auth',
  description: 'Accounts, signing in and sessions.',
  entities: [Credential, Session, RefreshToken],
  tables: ['device', 'password_reset', 'sign_in_attempt', 'sign_in_hour'],
  notifications: {
    'security.alert': {
      category: 'system',
      priority: 'urgent',
      channels: everyChannel,
      critical: true,
      on: PasswordChanged,
      build: buildPasswordNotice,
    },
  },
  handlers: [
    onEvent([UserChanged], forgetSignIn, {
      filter: ({ data }) => data.status === 'deleted',
      input: ({ data }) => ({ userId: data.userId }),
    }),
  ],
  schedules: [schedule('17 3 * * *', forgetOldSessions)],
  accessEvents: [{ on: SessionEnded, affects: ({ data }) => ({ sessionId: data.sessionId as string }) }],
  internal: [identify, identifyLink, verifyTokenSignature, assertSessionActive],
})
