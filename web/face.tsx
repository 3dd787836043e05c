import { Avatar } from '@mantine/core'
import { colourOf, initialsOf } from './person.ts'

/** A person as a coloured disc with their initials; the name must stand beside it or in a label. */
export function Face({ id, name, size = 32 }: { id: string; name: string; size?: number }) {
  return (
    <Avatar
      size={size}
      radius="xl"
      variant="filled"
      aria-hidden="true"
      styles={{ placeholder: { background: colourOf(id), color: '#fff', fontWeight: 600, fontSize: size * 0.38 } }}
    >
      {initialsOf(name)}
    </Avatar>
  )
}
