import { Menu, Text, UnstyledButton, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Inbox, KeyRound, LogOut, MonitorSmartphone, Send, Users, Webhook } from 'lucide-react'
import { Link } from 'wouter'
import { ChangePasswordDialog } from './change-password-dialog.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import { useSession } from '../../lib/session.ts'
import { SessionsDialog } from './sessions-dialog.tsx'
import { SignOutDialog, useSignOut } from './sign-out.tsx'

const schemes: { value: MantineColorScheme; label: string }[] = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

/** The account menu: name, theme, sessions, password, administration, sign out. */
export function AccountMenu() {
  const { user } = useSession()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const [sessionsOpen, sessions] = useDisclosure(false)
  const [passwordOpen, password] = useDisclosure(false)
  const signOut = useSignOut()
  if (!user) return null

  return (
    <>
      <Menu position="bottom-end" width={240} radius="md" returnFocus>
        <Menu.Target>
          <UnstyledButton aria-label={`Account of ${user.name}`} style={{ borderRadius: '50%' }}>
            <Avatar id={user.id} name={user.name} size={34} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <div style={{ padding: '0.5rem 0.75rem' }}>
            <Text fw={600} truncate>
              {user.name}
            </Text>
            {user.email && (
              <Text size="sm" c="dimmed" truncate>
                {user.email}
              </Text>
            )}
          </div>
          <Menu.Divider />
          <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
            <Menu.Label>Theme</Menu.Label>
            {schemes.map(({ value, label }) => (
              <Menu.RadioItem key={value} value={value} closeMenuOnClick={false}>
                {label}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item leftSection={<MonitorSmartphone size={16} aria-hidden="true" />} onClick={sessions.open}>
            Sessions
          </Menu.Item>
          <Menu.Item leftSection={<KeyRound size={16} aria-hidden="true" />} onClick={password.open}>
            Change password
          </Menu.Item>
          <Menu.Item component={Link} href="/webhooks" leftSection={<Webhook size={16} aria-hidden="true" />}>
            Webhooks
          </Menu.Item>
          {user.role === 'admin' && (
            <>
              <Menu.Divider />
              <Menu.Label>Installation</Menu.Label>
              <Menu.Item component={Link} href="/people" leftSection={<Users size={16} aria-hidden="true" />}>
                People
              </Menu.Item>
              <Menu.Item component={Link} href="/outbox" leftSection={<Inbox size={16} aria-hidden="true" />}>
                Outbox
              </Menu.Item>
              <Menu.Item component={Link} href="/deliveries" leftSection={<Send size={16} aria-hidden="true" />}>
                Deliveries
              </Menu.Item>
              <Menu.Divider />
            </>
          )}
          <Menu.Item leftSection={<LogOut size={16} aria-hidden="true" />} onClick={signOut.start}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SessionsDialog opened={sessionsOpen} onClose={sessions.close} />
      <ChangePasswordDialog opened={passwordOpen} onClose={password.close} />
      <SignOutDialog {...signOut} />
    </>
  )
}
