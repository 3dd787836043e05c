import { ActionIcon, Group, Loader, NativeSelect, Text, Tooltip } from '@mantine/core'
import { UserMinus } from 'lucide-react'
import type { Member, Role } from './contract.ts'
import { Face } from './face.tsx'
import { roleOrder, roleWords } from './role.ts'

interface MemberRowProps {
  member: Member
  me: boolean
  mayChange: boolean
  busy: boolean
  onRole: (role: Role) => void
  onRemove: () => void
}

/** One person with access, and what an owner may do about it. */
export function MemberRow({ member, me, mayChange, busy, onRole, onRemove }: MemberRowProps) {
  const { userId, name, role, inherited } = member
  return (
    <Group component="li" className="member" wrap="nowrap" gap="sm">
      <Face id={userId} name={name} size={34} />
      <div className="member-words">
        <Text fw={500} lh={1.3}>
          {name}
          {me && (
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
      </div>
      {busy && <Loader size="xs" aria-label="Changing" />}
      {mayChange && !inherited ? (
        <>
          <NativeSelect
            className="role-choice"
            size="sm"
            aria-label={`Role of ${name}`}
            value={role}
            disabled={busy}
            onChange={(event) => onRole(event.currentTarget.value as Role)}
            data={roleOrder.map((value) => ({ value, label: roleWords[value].label }))}
          />
          <Tooltip label="Take access away">
            <ActionIcon
              size="md"
              variant="subtle"
              color="red"
              aria-label={`Take access away from ${name}`}
              disabled={busy}
              onClick={onRemove}
            >
              <UserMinus size={17} aria-hidden="true" />
            </ActionIcon>
          </Tooltip>
        </>
      ) : (
        <Text size="sm" c="dimmed">
          {roleWords[role].label}
        </Text>
      )}
    </Group>
  )
}
