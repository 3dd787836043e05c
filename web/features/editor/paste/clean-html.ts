/** Cleans HTML from the clipboard, so that the schema reads the structure that other programs write in their own ways. */
import { convertWord, isWord } from './word-html.ts'

/** Returns the pasted HTML in the form that the schema reads. */
export function cleanPastedHtml(html: string): string {
  // Copied from an editor of this schema.
  if (html.includes('data-pm-slice')) return html
  const { body } = new DOMParser().parseFromString(html.replaceAll(/<!\[(?:if [^\]]*|endif)\]>/g, ''), 'text/html')
  for (const junk of body.querySelectorAll('style, script, meta, link, title, xml, template, object, iframe')) junk.remove()
  for (const hidden of body.querySelectorAll<HTMLElement>('[style]'))
    if (/mso-hide:\s*all|display:\s*none/i.test(hidden.getAttribute('style') ?? '')) hidden.remove()
  if (isWord(html)) convertWord(body)
  if (html.includes('docs-internal-guid')) for (const part of body.querySelectorAll('[dir="ltr"]')) part.removeAttribute('dir')
  nestLists(body)
  convertTasks(body)
  raiseText(body)
  return body.innerHTML
}

/** A list directly in a list belongs to the item before it. */
function nestLists(body: HTMLElement): void {
  for (const list of body.querySelectorAll(':is(ul, ol) > :is(ul, ol)')) {
    const item = list.previousElementSibling
    if (item?.localName === 'li') item.append(list)
  }
}

const boxes: Record<string, boolean> = { '☐': false, '☑': true, '☒': true }

/** Takes the check box of a list item away and returns its state; undefined where it has none. */
function takeBox(item: Element): boolean | undefined {
  const input = [...item.querySelectorAll('input[type="checkbox"]')].find((one) => one.closest('li') === item)
  if (input) {
    input.remove()
    return input.hasAttribute('checked')
  }
  if (item.getAttribute('role') === 'checkbox') return item.getAttribute('aria-checked') === 'true'
  return takeBoxSign(item)
}

/** Takes a sign for a check box away from the beginning of an element's text. */
export function takeBoxSign(element: Element): boolean | undefined {
  const first = findFirstText(element)
  const text = first?.data.trimStart() ?? ''
  const checked = boxes[text.charAt(0)] ?? (/^\[ \]\s/.test(text) ? false : /^\[[xX]\]\s/.test(text) ? true : undefined)
  if (!first || checked === undefined) return undefined
  first.data = text.startsWith('[') ? text.slice(3) : text.slice(1)
  const next = first.data.trim() === '' ? findFirstText(element) : first
  if (next) next.data = next.data.trimStart()
  return checked
}

/** The first text of an element that is not blank. */
function findFirstText(element: Node): Text | undefined {
  for (const child of element.childNodes) {
    if (child.nodeType === 3 && (child as Text).data.trim() !== '') return child as Text
    const found = child.nodeType === 1 ? findFirstText(child) : undefined
    if (found) return found
  }
  return undefined
}

/** Lists of which each item has a check box become task lists. */
function convertTasks(body: HTMLElement): void {
  for (const list of body.querySelectorAll('ul, ol')) {
    if (list.getAttribute('data-type') === 'taskList') continue
    const items = [...list.children].filter(({ localName }) => localName === 'li')
    const hasBox = (item: Element) => takeBox(item.cloneNode(true) as Element) !== undefined
    if (items.length === 0 || !items.every(hasBox)) continue
    const tasks = list.ownerDocument.createElement('ul')
    tasks.setAttribute('data-type', 'taskList')
    for (const item of items) {
      item.setAttribute('data-checked', String(takeBox(item)))
      item.setAttribute('data-type', 'taskItem')
      tasks.append(item)
    }
    list.replaceWith(tasks)
  }
}

/** Text that a style raises or lowers becomes superscript or subscript. */
function raiseText(body: HTMLElement): void {
  for (const part of body.querySelectorAll<HTMLElement>('span[style]')) {
    const align = /vertical-align:\s*(super|sub)\b/i.exec(part.getAttribute('style') ?? '')?.[1]?.toLowerCase()
    if (!align) continue
    const raised = part.ownerDocument.createElement(align === 'super' ? 'sup' : 'sub')
    raised.append(...part.childNodes)
    part.append(raised)
    part.setAttribute('style', (part.getAttribute('style') ?? '').replace(/vertical-align:[^;]*;?/i, ''))
  }
}
