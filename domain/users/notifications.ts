/** Notifications for a new account. */
import type { NotificationBuilder } from '../kernel/manifest/notification.ts'
import { UserCreated } from './events.ts'

export const buildWelcome: NotificationBuilder<'user.welcome'> = async (_, { data }) => {
  const { userId } = UserCreated.data.parse(data)
  const message = 'Write a draft, or open what others share with you. Your notifications appear here.'
  return [{ userId, type: 'user.welcome', title: 'Welcome to SmartStart', message, data: { link: '/' }, subject: null, actorId: null }]
}
