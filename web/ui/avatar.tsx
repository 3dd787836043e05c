import { toUserColor, toInitials } from '../lib/user-display.ts'

/** A colored disc with a user's initials. The name must be beside it or in a label. */
export function Avatar({ id, name, size = 32 }: { id: string; name: string; size?: number }) {
  const style = { width: size, height: size, fontSize: size * 0.38, background: toUserColor(id) }
  // The initials come from CSS, so that they are not part of any accessible name.
  return <span className="avatar" aria-hidden="true" data-initials={toInitials(name)} style={style} />
}
