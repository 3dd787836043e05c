/** Reads Markdown: CommonMark with GitHub's tables, task lists, strikethrough and footnotes. */
import { createRequire } from 'node:module'
import createMarkdown, { type MarkdownIt, type StateBlock, type StateCore, type StateInline } from 'markdown-it'
import { escapePlaceholders, isElementName } from './html-elements.ts'
import { fixedSpace, htmlToContent, type ReadFile, removeSigns } from './html-reader.ts'

const require = createRequire(import.meta.url)

/** Deepest nesting of blocks and of marks that is read as such; deeper ones are read as text. */
const maxNesting = 120

/** Reads a text in Markdown. */
export async function readMarkdown(text: string): Promise<ReadFile> {
  const { body, hasFrontMatter } = splitFrontMatter(removeSigns(text))
  const html = createReader().render(body)
  const { content, warnings } = await htmlToContent(html.replaceAll('\n</code></pre>', '</code></pre>'))
  return { content, warnings: [...(hasFrontMatter ? ['The front matter (properties of the file) was left out.'] : []), ...warnings] }
}

/** Separates the properties (YAML) at the beginning of a file, between lines of `---`. */
function splitFrontMatter(text: string): { body: string; hasFrontMatter: boolean } {
  const found =
    /^---[ \t]*\r?\n((?:[\w-]+[ \t]*:|#)[^\n]*\n(?:(?:[\w-]+[ \t]*:|[ \t#]|- )[^\n]*\n|\r?\n)*?)(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/.exec(text)
  return found ? { body: text.slice(found[0].length), hasFrontMatter: true } : { body: text, hasFrontMatter: false }
}

function createReader(): MarkdownIt {
  const reader = createMarkdown({ html: true, linkify: true, maxNesting })
  // only complete addresses become links, and all links are checked when the text is sanitized
  reader.linkify.set({ fuzzyLink: false, fuzzyEmail: false })
  reader.validateLink = () => true
  reader.normalizeLink = (address) => address
  reader.use(require('markdown-it-footnote') as (reader: MarkdownIt) => void)
  reader.disable('footnote_inline')
  keepPlaceholders(reader)
  keepDeepBlocks(reader)
  readTasks(reader)
  writeFootnotes(reader)
  const writeText = (text: string) => reader.utils.escapeHtml(text).replaceAll(' ', fixedSpace)
  reader.renderer.rules.text = (tokens, place) => writeText(tokens[place]?.content ?? '')
  reader.renderer.rules.code_inline = (tokens, place) => `<code>${writeText(tokens[place]?.content ?? '')}</code>`
  reader.renderer.rules.html_block = (tokens, place) => escapePlaceholders(tokens[place]?.content ?? '')
  return reader
}

/** Angle brackets around words that are no element are text. */
function keepPlaceholders(reader: MarkdownIt): void {
  const isPlaceholder = (text: string, place: number) => {
    const name = /^<\/?([a-z][^\s/<>]*)/i.exec(text.slice(place, place + 80))?.[1]
    return name !== undefined && !isElementName(name) && !/^[a-z][a-z0-9+.-]*:|@/i.test(name)
  }
  const [block] = reader.block.ruler.getRules('').filter(({ name }) => name === 'html_block')
  const [inline] = reader.inline.ruler.getRules('').filter(({ name }) => name === 'html_inline')
  if (!block || !inline) throw new Error('The rules for HTML are missing.')
  reader.block.ruler.at(
    'html_block',
    (state: StateBlock, startLine, endLine, silent) => {
      const begin = (state.bMarks[startLine] ?? 0) + (state.tShift[startLine] ?? 0)
      return !isPlaceholder(state.src, begin) && block(state, startLine, endLine, silent)
    },
    { alt: ['paragraph', 'reference', 'blockquote'] },
  )
  reader.inline.ruler.at('html_inline', (state: StateInline, silent) => !isPlaceholder(state.src, state.pos) && inline(state, silent))
}

/** Blocks that are nested too deeply are read as a paragraph; the reader would leave them out. */
function keepDeepBlocks(reader: MarkdownIt): void {
  const tokenize = reader.block.tokenize.bind(reader.block)
  reader.block.tokenize = (state, startLine, endLine) => {
    if (state.level < maxNesting - 2) return tokenize(state, startLine, endLine)
    state.push('paragraph_open', 'p', 1)
    const inline = state.push('inline', '', 0)
    inline.content = state.getLines(startLine, endLine, state.blkIndent, false).trim()
    inline.map = [startLine, endLine]
    inline.children = []
    state.push('paragraph_close', 'p', -1)
    state.line = endLine
  }
}

/** `[x]` and `[ ]` at the beginning of a list item are check boxes. */
function readTasks(reader: MarkdownIt): void {
  reader.core.ruler.after('inline', 'tasks', ({ tokens, Token }: StateCore) => {
    for (const [place, token] of tokens.entries()) {
      const text = token.children?.[0]
      if (tokens[place - 2]?.type !== 'list_item_open' || text?.type !== 'text') continue
      const box = /^\[([ xX])\](?=\s|$)[ \t]?/.exec(text.content)
      if (!box) continue
      text.content = text.content.slice(box[0].length)
      const sign = new Token('html_inline', '', 0)
      sign.content = `<input type="checkbox"${box[1] === ' ' ? '' : ' checked'}>`
      token.children?.unshift(sign)
    }
  })
}

interface Footnotes {
  refs?: Record<string, number>
  list?: { label: string; count: number }[]
}

/** Footnotes are numbered, and stand at the end of the text; also those that no word refers to. */
function writeFootnotes(reader: MarkdownIt): void {
  reader.core.ruler.before('footnote_tail', 'unused_footnotes', ({ env }: StateCore) => {
    const notes = (env as { footnotes?: Footnotes }).footnotes
    for (const [key, id] of Object.entries(notes?.refs ?? {})) {
      if (!notes || id >= 0) continue
      notes.list ??= []
      notes.list.push({ label: key.slice(1), count: 0 })
      notes.refs = { ...notes.refs, [key]: notes.list.length - 1 }
    }
  })
  const { rules } = reader.renderer
  rules.footnote_ref = (tokens, place) => `<sup>[${Number((tokens[place]?.meta as { id: number } | undefined)?.id) + 1}]</sup>`
  rules.footnote_block_open = () => '<hr>\n<ol>\n'
  rules.footnote_block_close = () => '</ol>\n'
  rules.footnote_open = () => '<li>'
  rules.footnote_close = () => '</li>\n'
  rules.footnote_anchor = () => ''
}
