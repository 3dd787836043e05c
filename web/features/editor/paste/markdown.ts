/** Markdown that is pasted as plain text. */

const isHeading = (line: string) => /^#{1,6}\s+\S/.test(line)
const isItem = (line: string) => /^\s*[-*+]\s+\S/.test(line)
const isTask = (line: string) => /^\s*[-*+]\s+\[[ xX]\]\s/.test(line)
const isTableRule = (line: string) => /^\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)+\|?\s*$/.test(line)
const isFence = (line: string) => /^\s*(```|~~~)/.test(line)

/** Whether a text clearly is Markdown: it has a heading, a table, a task, a code block, or a list of several items. */
export function isMarkdown(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length < 2) return lines.some(isTask)
  return (
    lines.some((line) => isHeading(line) || isTask(line) || isTableRule(line)) ||
    lines.filter(isItem).length >= 2 ||
    lines.filter(isFence).length >= 2
  )
}

/** Renders Markdown as HTML. HTML in it stays text. */
export async function renderMarkdown(text: string): Promise<string> {
  const { default: createMarkdown } = await import('markdown-it')
  return createMarkdown({ html: false }).render(text)
}
