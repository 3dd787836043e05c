import { notifications } from '@mantine/notifications'

/** Shows a short message in a corner. Only for results that need no action. */
export function showToast(message: string, color: 'pine' | 'red' = 'pine'): void {
  notifications.show({ message, color, withBorder: true, radius: 'md' })
}
