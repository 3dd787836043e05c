import { NativeSelect, type NativeSelectProps } from '@mantine/core'
import type { Role } from '../../lib/api-types.ts'
import { roleOrder, roleLabels } from '../../lib/role-labels.ts'

interface RoleSelectProps extends Pick<NativeSelectProps, 'size' | 'disabled'> {
  label: string
  role: Role
  onChange: (role: Role) => void
}

/** Chooses a role, strongest first. */
export function RoleSelect({ label, role, onChange, ...props }: RoleSelectProps) {
  return (
    <NativeSelect
      className="role-select"
      aria-label={label}
      value={role}
      onChange={(event) => onChange(event.currentTarget.value as Role)}
      data={roleOrder.map((value) => ({ value, label: roleLabels[value].label }))}
      {...props}
    />
  )
}
