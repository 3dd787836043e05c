import { Menu, Text, UnstyledButton, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { FileCheck2, Inbox, KeyRound, LogOut, type LucideIcon, MonitorSmartphone, Send, ShieldCheck, Users, Webhook } from 'lucide-react'
import { Link } from 'wouter'
import { ChangePasswordDialog } from './change-password-dialog.tsx'
import { Avatar } from '../../ui/avatar.tsx'
import type { User } from '../../lib/api-types.ts'
import { useSession } from '../../lib/session.ts'
import { SessionsDialog } from './sessions-dialog.tsx'
import { SignOutDialog, useSignOut } from './sign-out.tsx'

const schemes: { value: MantineColorScheme; label: string }[] = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

/** The name and the e-mail address of the signed-in user. */
function AccountName({ user: { name, email } }: { user: User }) {
  return (
    <div style={{ padding: '0.5rem 0.75rem' }}>
      <Text fw={600} truncate>
        {name}
      </Text>
      {email && (
        <Text size="sm" c="dimmed" truncate>
          {email}
        </Text>
      )}
    </div>
  )
}

function ThemeOptions() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
      <Menu.Label>Theme</Menu.Label>
      {schemes.map(({ value, label }) => (
        <Menu.RadioItem key={value} value={value} closeMenuOnClick={false}>
          {label}
        </Menu.RadioItem>
      ))}
    </Menu.RadioGroup>
  )
}

interface LinkItemProps {
  href: string
  label: string
  icon: LucideIcon
}

function LinkItem({ href, label, icon: Icon }: LinkItemProps) {
  return (
    <Menu.Item component={Link} href={href} leftSection={<Icon size={16} aria-hidden="true" />}>
      {label}
    </Menu.Item>
  )
}

/** The pages for administrators. */
function InstallationLinks() {
  return (
    <>
      <Menu.Divider />
      <Menu.Label>Installation</Menu.Label>
      <LinkItem href="/people" label="People" icon={Users} />
      <LinkItem href="/outbox" label="Outbox" icon={Inbox} />
      <LinkItem href="/deliveries" label="Deliveries" icon={Send} />
      <Menu.Divider />
    </>
  )
}

/** The account menu: name, theme, sessions, password, administration, sign out. */
export function AccountMenu() {
  const { user } = useSession()
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
          <AccountName user={user} />
          <Menu.Divider />
          <ThemeOptions />
          <Menu.Divider />
          <Menu.Item leftSection={<MonitorSmartphone size={16} aria-hidden="true" />} onClick={sessions.open}>
            Sessions
          </Menu.Item>
          <Menu.Item leftSection={<KeyRound size={16} aria-hidden="true" />} onClick={password.open}>
            Change password
          </Menu.Item>
          <LinkItem href="/compliance" label="Documents to sign" icon={FileCheck2} />
          <LinkItem href="/verify" label="Verify a document" icon={ShieldCheck} />
          <LinkItem href="/webhooks" label="Webhooks" icon={Webhook} />
          {user.role === 'admin' && <InstallationLinks />}
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
