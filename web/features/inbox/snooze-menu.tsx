import { ActionIcon, Menu, Text } from '@mantine/core'
import { Clock } from 'lucide-react'

/** The times to snooze until, in the browser's time zone. */
function listSnoozeOptions(now = new Date()): { label: string; until: Date }[] {
  const atHour = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour)
  const monday = (8 - now.getDay()) % 7 || 7
  return [
    { label: 'In an hour', until: new Date(now.getTime() + 3_600_000) },
    ...(now.getHours() < 17 ? [{ label: 'This evening', until: atHour(0, 18) }] : []),
    { label: 'Tomorrow morning', until: atHour(1, 9) },
    { label: 'Next Monday', until: atHour(monday, 9) },
  ]
}

/** The day of the week and the time at which a snooze ends. */
export const formatSnoozeEnd = (until: Date): string => until.toLocaleString('en', { weekday: 'short', hour: 'numeric', minute: '2-digit' })

/** Chooses how long a notification is snoozed. */
export function SnoozeMenu({ summary, onSnooze }: { summary: string; onSnooze: (until: Date) => void }) {
  return (
    <Menu position="bottom-end" width={220} radius="md" returnFocus>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" data-action="snooze" aria-label={`Snooze: ${summary}`}>
          <Clock size={18} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Tell me again</Menu.Label>
        {listSnoozeOptions().map(({ label, until }) => (
          <Menu.Item
            key={label}
            onClick={() => onSnooze(until)}
            rightSection={
              <Text size="xs" c="dimmed">
                {formatSnoozeEnd(until)}
              </Text>
            }
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
