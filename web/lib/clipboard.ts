/** Copies text to the clipboard. Returns whether it worked. Without a secure context only `execCommand` works. */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    const isWritten = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
    if (isWritten) return true
  }
  const field = document.createElement('textarea')
  field.value = text
  field.style.position = 'fixed'
  field.style.opacity = '0'
  // Inside an open dialog, because its focus trap takes the focus from anything outside.
  const parent = document.querySelector('[role="dialog"]') ?? document.body
  const previousFocus = document.activeElement
  parent.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (previousFocus instanceof HTMLElement) previousFocus.focus()
  return isCopied
}
