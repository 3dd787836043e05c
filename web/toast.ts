import { notifications } from '@mantine/notifications'

/** Says something in a corner, for a moment. Only for what is over when it is read. */
export function say(message: string, color: 'pine' | 'red' = 'pine'): void {
  notifications.show({ message, color, withBorder: true, radius: 'md' })
}
