/** The elements of HTML. In other angle brackets stand words: the parties of a contract form, `<Party A>`. */

const names =
  'a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link listing main map mark marquee math menu meta meter nav nobr noembed noframes noscript object ol optgroup option output p param picture plaintext pre progress q rp rt ruby s samp script search section select slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp'
const elements = new Set(names.split(' '))

/** Whether a name is one of an element. Names with a hyphen or a colon are elements of components and of Office. */
export const isElementName = (name: string): boolean => elements.has(name.toLowerCase()) || /[-:]/.test(name)

/** Elements whose end may be left out: the next one ends them. */
const selfEnding = new Set('p li dd dt td th tr thead tbody tfoot option optgroup colgroup rp rt'.split(' '))
const empty = new Set('area base basefont bgsound br col embed frame hr img input link meta param source track wbr'.split(' '))

/** Deepest nesting of elements that is read: a text has some dozens of levels, and parsers recurse. */
const maxDepth = 200

/** Removes tags of elements that are nested deeper than any text needs. Their words stay. */
export function limitDepth(html: string): string {
  let depth = 0
  let [kept, from] = ['', 0]
  for (const { 1: slash, 2: name = '', index } of html.matchAll(/<(\/?)([a-z][a-z0-9]*)/gi)) {
    const lower = name.toLowerCase()
    if (index < from || empty.has(lower)) continue
    const isCounted = !selfEnding.has(lower)
    if (isCounted) depth = slash ? Math.max(0, depth - 1) : depth + 1
    if (depth < maxDepth || (slash && isCounted && depth === maxDepth - 1)) continue
    const end = html.indexOf('>', index)
    if (end === -1) return kept + html.slice(from, index)
    kept += `${html.slice(from, index)} `
    from = end + 1
  }
  return kept + html.slice(from)
}

/** Makes angle brackets around words that are no element, and that nothing closes, to text. */
export function escapePlaceholders(html: string): string {
  const closed = new Set([...html.matchAll(/<\/([a-z][^\s/>]*)/gi)].map(([, name]) => (name as string).toLowerCase()))
  return html.replace(/<(?=([a-z][^\s/<>]*))/gi, (bracket, name: string) =>
    isElementName(name) || closed.has(name.toLowerCase()) ? bracket : '&lt;',
  )
}
