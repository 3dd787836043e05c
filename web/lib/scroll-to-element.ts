/** Scrolls an element to the middle of its scroll container: at once for users who prefer reduced motion, smoothly for others. */
export function scrollToElement(element: Element | null): void {
  const isReduced = matchMedia('(prefers-reduced-motion: reduce)').matches
  element?.scrollIntoView({ block: 'center', behavior: isReduced ? 'auto' : 'smooth' })
}
