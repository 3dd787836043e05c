/** The logo: a caret with a flag. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#235c47" />
      <path d="M11 6.5v19" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <path d="M11 7.8h11.6a1 1 0 0 1 .8 1.6l-2.6 3.4 2.6 3.4a1 1 0 0 1-.8 1.6H11z" fill="#f2b35b" />
    </svg>
  )
}

/** The logo with the product's name. */
export function Wordmark() {
  return (
    <span className="wordmark">
      <Logo />
      <span>SmartStart</span>
    </span>
  )
}
