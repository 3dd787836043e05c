/**
 * Keeps the keyboard focus near its place when the focused element is removed: a deleted row, a closed menu, a closed dialog. Without this
 * the browser moves the focus to the body, and the user starts again at the top of the page.
 */

const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [contenteditable="true"], [tabindex="0"]'

/** A parent of the focused element, and the place of the child that contains it. */
interface Place {
  parent: Element
  index: number
}

/** Where the focus was in a layer: the page, or a dialog or menu above it. */
interface FocusRecord {
  layer: Element
  element: HTMLElement
  /** From the element outwards. */
  places: Place[]
  /** It lost the focus because it was disabled, for example while its request runs. */
  wasDisabled: boolean
}

/** Dialogs, menus and messages are children of one element beside the page. */
const findLayer = (element: Element): Element => element.closest('[data-portal] > *') ?? document.body

function recordFocus(element: HTMLElement): FocusRecord {
  const layer = findLayer(element)
  const places: Place[] = []
  for (let child: Element = element; child !== layer && child.parentElement; child = child.parentElement)
    places.push({ parent: child.parentElement, index: [...child.parentElement.children].indexOf(child) })
  return { layer, element, places, wasDisabled: false }
}

const canFocus = (element: Element): element is HTMLElement =>
  element instanceof HTMLElement && element.checkVisibility() && !element.closest('[inert], [aria-hidden="true"]')

/** The first element in a part of the page that takes the focus. */
function findFocusable(part: Element): HTMLElement | undefined {
  if (part.hasAttribute('data-portal')) return undefined
  if (part.matches(focusable) && canFocus(part)) return part
  return [...part.querySelectorAll(focusable)].find(canFocus)
}

/** The nearest element to a removed one: what now has its place, what follows, what comes before; then the same around its parent. */
function findNearest({ places }: FocusRecord): HTMLElement | undefined {
  for (const { parent, index } of places) {
    if (!parent.isConnected) continue
    const children = [...parent.children]
    for (const part of [...children.slice(index), ...children.slice(0, index).reverse()]) {
      const nearest = findFocusable(part)
      if (nearest) return nearest
    }
  }
  return undefined
}

/** Starts to keep the focus. @returns stops it */
export function keepFocus(): () => void {
  /** One for each layer, the most recent last. */
  let records: FocusRecord[] = []
  let address = location.pathname
  /** The user clicked beside everything that takes the focus. */
  let isLeft = false

  function onFocusIn({ target }: FocusEvent) {
    if (!(target instanceof HTMLElement)) return
    isLeft = false
    address = location.pathname
    const record = recordFocus(target)
    records = [...records.filter(({ layer }) => layer !== record.layer && layer.isConnected), record]
  }
  function onPointerDown({ target }: PointerEvent) {
    isLeft = !(target instanceof Element && target.closest(focusable))
  }
  function restore() {
    const last = records.at(-1)
    if (!last || isLeft || document.activeElement !== document.body || address !== location.pathname) return
    if (last.element.isConnected && last.element.checkVisibility()) {
      if (last.element.matches(':disabled')) last.wasDisabled = true
      else if (last.wasDisabled) last.element.focus({ preventScroll: true })
      // otherwise a program has taken the focus away, for example when a field was left with Enter
      return
    }
    for (const record of records.toReversed()) {
      if (!record.layer.isConnected) continue
      const next = record.element.isConnected && canFocus(record.element) ? record.element : findNearest(record)
      next?.focus({ preventScroll: true })
      if (next && document.activeElement === next) {
        if (next !== record.element) next.scrollIntoView({ block: 'nearest' })
        return
      }
    }
  }

  const observer = new MutationObserver(restore)
  document.addEventListener('focusin', onFocusIn)
  document.addEventListener('pointerdown', onPointerDown, true)
  observer.observe(document.body, { childList: true, subtree: true })
  return () => {
    document.removeEventListener('focusin', onFocusIn)
    document.removeEventListener('pointerdown', onPointerDown, true)
    observer.disconnect()
  }
}
