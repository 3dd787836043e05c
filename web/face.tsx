import { colourOf, initialsOf } from './person.ts'

/** A person as a coloured disc with their initials; the name must stand beside it or in a label. */
export function Face({ id, name, size = 32 }: { id: string; name: string; size?: number }) {
  const style = { width: size, height: size, fontSize: size * 0.38, background: colourOf(id) }
  // The letters are drawn by the style sheet: they are a picture, and no part of any label.
  return <span className="face" aria-hidden="true" data-initials={initialsOf(name)} style={style} />
}
