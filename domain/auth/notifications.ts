/** Notifications about a person's password. */
import type { NotificationBuilder } from '../kernel/manifest/notification.ts'
import { PasswordChanged } from './events.ts'

export const buildPasswordNotice: NotificationBuilder<'security.alert'> = async (_, { data }) => {
  const { userId, how } = PasswordChanged.data.parse(data)
  const sessions = how === 'reset' ? 'Every session was ended.' : 'Your other sessions were ended.'
  const message = `${sessions} If it was not you, reset your password on the sign-in page and contact an administrator.`
  const common = { data: { link: '/' }, subject: null, actorId: null }
  return [{ ...common, userId, type: 'security.alert', title: `Your password was ${how}`, message }]
}
