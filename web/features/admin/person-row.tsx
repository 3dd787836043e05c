import { ActionIcon, Badge, Group, Menu } from '@mantine/core'
import { MoreHorizontal } from 'lucide-react'
import type { Account } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'

/** What an administrator changes of an account. */
export type AccountChange = Partial<Pick<Account, 'role' | 'status'>>

interface PersonRowProps {
  person: Account
  isSelf: boolean
  isBusy: boolean
  onChange: (change: AccountChange) => void
}

/** An account, with its role and status to change. */
export function PersonRow({ person: { id, name, email, role, status }, isSelf, isBusy, onChange }: PersonRowProps) {
  const [isAdmin, isSuspended] = [role === 'admin', status === 'suspended']
  return (
    <li className="person-row">
      <Avatar id={id} name={name} size={34} />
      <span className="delivery-content">
        <Group gap={8}>
          <span className="delivery-title">
            {name}
            {isSelf && ' (you)'}
          </span>
          {isAdmin && <Badge variant="light">Administrator</Badge>}
          {isSuspended && (
            <Badge variant="light" color="red">
              Suspended
            </Badge>
          )}
        </Group>
        <span className="delivery-target">{email}</span>
      </span>
      <Menu position="bottom-end" width={220} radius="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Manage ${name}`} loading={isBusy}>
            <MoreHorizontal size={18} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onChange({ role: isAdmin ? 'member' : 'admin' })}>
            {isAdmin ? 'Remove as administrator' : 'Make administrator'}
          </Menu.Item>
          <Menu.Item onClick={() => onChange({ status: isSuspended ? 'active' : 'suspended' })}>
            {isSuspended ? 'Reactivate' : 'Suspend'}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  )
}
