/** A link for keyboard users that skips the header. */
export function SkipLink({ to = '#main', children = 'Skip to the content' }: { to?: string; children?: string }) {
  return (
    <a
      className="skip-link"
      href={to}
      onClick={(event) => {
        event.preventDefault()
        document.querySelector<HTMLElement>(to)?.focus()
      }}
    >
      {children}
    </a>
  )
}
