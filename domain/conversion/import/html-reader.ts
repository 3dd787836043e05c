/** Reads HTML from strangers without executing or loading anything. */
import type { JSONContent } from '@tiptap/core'
import type { Document, Element, Node } from 'happy-dom'
import { proseSchema } from '../../documents/richtext/schema.ts'
import { escapePlaceholders, limitDepth } from './html-elements.ts'

/** What was read of a file, and what was left out of it. */
export interface ReadFile {
  content: JSONContent
  warnings: string[]
}

/** Stands for a space that parsers of HTML must not join with others. No text has it: it is no character of Unicode. */
export const fixedSpace = '\ufdd0'

/** Removes signs that stand for something here. */
export const removeSigns = (text: string): string => text.replaceAll(fixedSpace, '\ufffd')

/** Reads a page of HTML. */
export const readHtml = (text: string): Promise<ReadFile> => htmlToContent(escapePlaceholders(removeSigns(text)))

/** Parses HTML; its words in `fixedSpace` keep their spaces. */
export async function htmlToContent(html: string): Promise<ReadFile> {
  const [{ Window }, { DOMParser }] = await Promise.all([import('happy-dom'), import('@tiptap/pm/model')])
  const settings = {
    enableJavaScriptEvaluation: false,
    disableJavaScriptFileLoading: true,
    disableCSSFileLoading: true,
    handleDisabledFileLoadingAsSuccess: true,
    navigation: { disableMainFrameNavigation: true, disableChildFrameNavigation: true, disableChildPageNavigation: true },
  }
  const window = new Window({ settings })
  try {
    const parsed = new window.DOMParser().parseFromString(limitDepth(html), 'text/html') as unknown as Document
    const warnings = findWarnings(html)
    if (removeHidden(parsed)) warnings.push('Hidden text was left out.')
    for (const running of parsed.querySelectorAll('script, style, template, iframe, object, embed, noscript, title')) running.remove()
    settleTasks(parsed)
    settleDirections(parsed)
    settleSpaces(parsed)
    storeSiblings(parsed)
    const content = DOMParser.fromSchema(proseSchema)
      .parse(parsed.body as unknown as Parameters<InstanceType<typeof DOMParser>['parse']>[0])
      .toJSON() as JSONContent
    return { content: restoreSpaces(content), warnings }
  } finally {
    window.happyDOM.abort().catch(() => {})
  }
}

function findWarnings(html: string): string[] {
  return [
    ...(/<(img|picture|svg|video|audio|canvas)\b/i.test(html) ? ['Pictures were left out.'] : []),
    ...(/<(script|iframe|object|embed|form|base|meta[^>]+refresh)\b|\son\w+\s*=|javascript:/i.test(html)
      ? ['Scripts and other active content were left out.']
      : []),
  ]
}

const hidingStyle = /(^|[;\s{])(display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|mso-hide\s*:\s*all)/i

/** Removes what a browser would not show. @returns whether it had words */
function removeHidden(page: Document): boolean {
  const selectors = ['[hidden]']
  for (const sheet of page.querySelectorAll('style')) {
    // rules in a query (`@media print`) hold in another situation
    const rules = sheet.textContent.replace(/\/\*[\s\S]*?\*\//g, '').replace(/@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, '')
    for (const [, selector = '', style = ''] of rules.matchAll(/([^{}]{1,500})\{([^{}]*)\}/g))
      if (hidingStyle.test(style)) selectors.push(selector.trim())
  }
  const hidden = [...page.querySelectorAll('[style]')].filter((element) => hidingStyle.test(element.getAttribute('style') ?? ''))
  for (const selector of selectors) {
    try {
      hidden.push(...page.querySelectorAll(selector))
    } catch {
      // a selector that is not understood hides nothing
    }
  }
  let hasWords = false
  for (const element of hidden) {
    if (['HTML', 'BODY', 'HEAD', 'SCRIPT', 'STYLE', 'TEMPLATE'].includes(element.tagName)) continue
    hasWords ||= element.textContent.trim() !== ''
    element.remove()
  }
  return hasWords
}

/** The check box that a list item begins with. */
function findBox(item: Element): Element | undefined {
  let first: Element | null = item.firstElementChild
  while (first && ['P', 'LABEL', 'SPAN', 'DIV'].includes(first.tagName) && startsWithElement(first)) first = first.firstElementChild
  if (!first || !startsWithElement(first.parentElement as Element)) return undefined
  return first.tagName === 'INPUT' && first.getAttribute('type')?.toLowerCase() === 'checkbox' ? first : undefined
}

const startsWithElement = (parent: Element): boolean => {
  for (const child of parent.childNodes) {
    if (child.nodeType === 1) return true
    if (child.nodeType === 3 && child.textContent?.trim()) return false
  }
  return false
}

const isChecked = (box: Element) => box.hasAttribute('checked')

/** Makes lists of check boxes to task lists. Boxes elsewhere become the signs ☑ and ☐. */
function settleTasks(page: Document): void {
  for (const list of page.querySelectorAll('ul')) {
    const items = [...list.children]
    if (!items.some((item) => item.tagName === 'LI' && findBox(item))) continue
    // a list of tasks and of other items becomes several lists
    let current: Element | undefined
    for (const item of items) {
      const box = item.tagName === 'LI' ? findBox(item) : undefined
      const type = box ? 'taskList' : ''
      if (!current || (current.getAttribute('data-type') ?? '') !== type) {
        current = page.createElement('ul')
        if (box) current.setAttribute('data-type', type)
        list.before(current)
      }
      if (box) {
        item.setAttribute('data-type', 'taskItem')
        item.setAttribute('data-checked', String(isChecked(box)))
        trimAfter(box)
        box.remove()
      }
      current.append(item)
    }
    list.remove()
  }
  for (const box of page.querySelectorAll('input[type="checkbox" i]')) box.replaceWith(isChecked(box) ? '☑' : '☐')
}

/** Removes the space between a check box and its words. */
function trimAfter(box: Element): void {
  const next = box.nextSibling
  if (next?.nodeType === 3) next.textContent = (next.textContent ?? '').replace(/^[ \t\r\n]+/, '')
}

/** Gives paragraphs the direction of the elements around them. */
function settleDirections(page: Document): void {
  for (const block of page.querySelectorAll('p, h1, h2, h3, h4, h5, h6')) {
    const dir = block.closest('[dir]')?.getAttribute('dir')?.toLowerCase()
    if (dir) (block as unknown as { dir: string }).dir = dir
  }
}

/** Keeps the spaces of elements whose style keeps them. */
function settleSpaces(page: Document): void {
  for (const element of page.querySelectorAll('[style*="white-space"]')) {
    if (!/white-space\s*:\s*(pre|break-spaces)/i.test(element.getAttribute('style') ?? '')) continue
    const waiting: { childNodes: Iterable<unknown> }[] = [element]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      for (const child of next.childNodes as Iterable<{ nodeType: number; textContent: string; childNodes: Iterable<unknown> }>) {
        if (child.nodeType === 3) child.textContent = child.textContent.replaceAll(' ', fixedSpace).replaceAll('\t', `${fixedSpace}\t`)
        else waiting.push(child)
      }
    }
  }
}

/** Stores the siblings of each node, which stay as they are from here on: searching them takes a time that grows with their number. */
function storeSiblings(page: Document): void {
  const waiting: Node[] = [page.body]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const children = [...next.childNodes]
    for (const [place, child] of children.entries()) {
      Object.defineProperty(child, 'nextSibling', { value: children[place + 1] ?? null })
      Object.defineProperty(child, 'previousSibling', { value: children[place - 1] ?? null })
      waiting.push(child)
    }
  }
}

const restoreSpaces = (part: JSONContent): JSONContent => ({
  ...part,
  ...(part.text !== undefined && { text: part.text.replaceAll(`${fixedSpace} `, '\t').replaceAll(fixedSpace, ' ') }),
  ...(part.content && { content: part.content.map(restoreSpaces) }),
})
