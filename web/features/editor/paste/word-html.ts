/** HTML from Word: lists are paragraphs with a style, headings may be paragraphs with an outline level. */
import { clauseStyleId } from '../../../../domain/documents/richtext/list-styles.ts'

/** Whether HTML is from Word or Outlook. */
export const isWord = (html: string): boolean => /\bmso-|class="?Mso|urn:schemas-microsoft-com:office/i.test(html)

interface ListParagraph {
  element: HTMLElement
  /** The list in Word, for example `l0 lfo1`. */
  list: string
  level: number
  /** The number or bullet that Word shows. */
  marker: string
}

const getStyle = (element: Element) => element.getAttribute('style') ?? ''

/** Reads a paragraph of a list and takes its marker away. */
function readListParagraph(element: HTMLElement): ListParagraph | undefined {
  const found = /mso-list:\s*(l\d+)\s+level(\d+)\s+(lfo\d+)/i.exec(getStyle(element))
  if (!found) return undefined
  const ignored = [...element.querySelectorAll('span')].find((span) => /mso-list:\s*ignore/i.test(getStyle(span)))
  const marker = (ignored?.textContent ?? '').replaceAll(/[\s\u00a0]+/g, ' ').trim()
  ignored?.remove()
  return { element, list: `${found[1]} ${found[3]}`, level: Math.min(Number(found[2]), 9) - 1, marker }
}

const isOrdered = (marker: string) => /^\(?([0-9]+|[a-z]{1,4}|[ivxlcdm]+)[.)]/i.test(marker)
/** `1.1` and `2.1.3` are numbers of clauses; so are numbers of headings. */
const isClauseNumber = (marker: string) => /^\d+(\.\d+)+\.?$/.test(marker)

/** Turns HTML from Word into lists, headings, numbered paragraphs and check boxes. */
export function convertWord(body: HTMLElement): void {
  for (const part of body.querySelectorAll('[style*="mso-element:"]')) {
    if (/mso-element:\s*(comment|footnote|endnote|header|footer)/i.test(getStyle(part))) part.remove()
  }
  for (const part of body.querySelectorAll('*')) if (part.localName.startsWith('o:')) part.replaceWith(...part.childNodes)
  const paragraphs = [...body.querySelectorAll<HTMLElement>('p, h1, h2, h3, h4, h5, h6')]
  const listed = paragraphs.flatMap((element) => readListParagraph(element) ?? [])
  const clauses = new Set(
    listed.filter(({ marker, element }) => isClauseNumber(marker) || element.localName !== 'p').map(({ list }) => list),
  )
  for (const { element, list, level } of listed) {
    if (!clauses.has(list)) continue
    element.setAttribute('data-list-style', clauseStyleId)
    element.setAttribute('data-list-level', String(level))
  }
  for (const run of groupAdjacent(listed.filter(({ list }) => !clauses.has(list)))) buildList(run)
  convertBoxes(body)
  for (const paragraph of body.querySelectorAll<HTMLElement>('p')) convertHeading(paragraph)
}

/** Paragraphs of lists that follow each other. */
function groupAdjacent(listed: ListParagraph[]): ListParagraph[][] {
  const runs: ListParagraph[][] = []
  for (const paragraph of listed) {
    const last = runs.at(-1)
    if (last && last.at(-1)?.element.nextElementSibling === paragraph.element) last.push(paragraph)
    else runs.push([paragraph])
  }
  return runs
}

function createList(document: Document, marker: string): HTMLElement {
  if (!isOrdered(marker)) return document.createElement('ul')
  const list = document.createElement('ol')
  const start = /^\(?(\d+)/.exec(marker)?.[1]
  if (start && start !== '1') list.setAttribute('start', start)
  return list
}

/** Replaces paragraphs by nested lists. */
function buildList(run: ListParagraph[]): void {
  const open: { level: number; list: HTMLElement; isOrdered: boolean }[] = []
  for (const { element, level, marker } of run) {
    while (open.length > 0 && (open.at(-1)?.level ?? 0) > level) open.pop()
    const current = open.at(-1)
    const isSame = current?.level === level && current.isOrdered === isOrdered(marker)
    if (!isSame) {
      if (current?.level === level) open.pop()
      const list = createList(element.ownerDocument, marker)
      const parentItem = open.at(-1)?.list.lastElementChild
      if (parentItem) parentItem.append(list)
      else element.before(list)
      open.push({ level, list, isOrdered: isOrdered(marker) })
    }
    const item = element.ownerDocument.createElement('li')
    open.at(-1)?.list.append(item)
    item.append(element)
  }
}

/** Paragraphs that begin with a check box become lists, which `convertTasks` reads. */
function convertBoxes(body: HTMLElement): void {
  for (const paragraph of body.querySelectorAll<HTMLElement>('p')) {
    if (paragraph.closest('li') || !/^\s*[☐☑☒]/.test(paragraph.textContent ?? '')) continue
    const before = paragraph.previousElementSibling
    const isContinued = before?.localName === 'ul' && before.hasAttribute('data-boxes')
    const list = isContinued ? before : body.ownerDocument.createElement('ul')
    if (!isContinued) paragraph.before(list)
    list.setAttribute('data-boxes', '')
    const item = body.ownerDocument.createElement('li')
    list.append(item)
    item.append(paragraph)
  }
}

function convertHeading(paragraph: HTMLElement): void {
  const named = /\bMso(?:Title|Heading(\d))\b/.exec(paragraph.className)
  const outline = /mso-outline-level:\s*(\d)/i.exec(getStyle(paragraph))?.[1]
  const level = named ? Number(named[1] ?? 1) : Number(outline ?? 0)
  if (level >= 1 && level <= 9 && !paragraph.closest('li')) {
    const heading = paragraph.ownerDocument.createElement(`h${Math.min(level, 6)}`)
    for (const { name, value } of paragraph.attributes) if (name.startsWith('data-list')) heading.setAttribute(name, value)
    heading.append(...paragraph.childNodes)
    paragraph.replaceWith(heading)
  } else if ((paragraph.textContent ?? '').trim() === '' && !paragraph.closest('li, td, th') && !paragraph.querySelector('img, br')) {
    // Word writes blank paragraphs for the space between others.
    paragraph.remove()
  }
}
