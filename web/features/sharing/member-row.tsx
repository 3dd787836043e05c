import { ActionIcon, Group, Loader, Text, Tooltip } from '@mantine/core'
import { UserMinus } from 'lucide-react'
import type { Member, Role } from '../../lib/api-types.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { roleLabels } from '../../lib/role-labels.ts'
import { RoleSelect } from './role-select.tsx'

interface MemberRowProps {
  member: Member
  isSelf: boolean
  canChange: boolean
  isBusy: boolean
  onRole: (role: Role) => void
  onRemove: () => void
}

/** A member, with the controls of an owner. */
export function MemberRow({ member, isSelf, canChange, isBusy, onRole, onRemove }: MemberRowProps) {
  const { userId, name, role, inherited, suspended } = member
  return (
    <Group component="li" className="member-row" wrap="nowrap" gap="sm">
      <Avatar id={userId} name={name} size={34} />
      <div className="member-content">
        <Text fw={500} lh={1.3}>
          {name}
          {isSelf && (
            <Text span c="dimmed">
              {' '}
              (you)
            </Text>
          )}
        </Text>
        {inherited && (
          <Text size="xs" c="dimmed">
            Through the venture
          </Text>
        )}
        {suspended && (
          <Text size="xs" c="dimmed">
            Suspended
          </Text>
        )}
      </div>
      {isBusy && <Loader size="xs" aria-label="Changing" />}
      {canChange && !inherited ? (
        <>
          <RoleSelect label={`Role of ${name}`} size="sm" role={role} disabled={isBusy} onChange={onRole} />
          <Tooltip label="Take access away">
            <ActionIcon
              size="md"
              variant="subtle"
              color="red"
              aria-label={`Take access away from ${name}`}
              disabled={isBusy}
              onClick={onRemove}
            >
              <UserMinus size={17} aria-hidden="true" />
            </ActionIcon>
          </Tooltip>
        </>
      ) : (
        <Text size="sm" c="dimmed">
          {roleLabels[role].label}
        </Text>
      )}
    </Group>
  )
}
