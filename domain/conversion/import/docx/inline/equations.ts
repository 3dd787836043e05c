/** Equations (ECMA-376 22.1) as plain text: `x = (a+b)/c`. Their layout is not kept. */
import { child, childrenOf, type XmlElement } from '../package/xml.ts'

const mathValue = (element: XmlElement | undefined, name: string): string | undefined =>
  child(child(element, `${element?.name ?? ''}Pr`), name)?.attributes['m:val']

const isOneTerm = (text: string) => /^[\p{L}\p{N}.,]*$/u.test(text)
const group = (text: string) => (isOneTerm(text) ? text : `(${text})`)
const part = (element: XmlElement, name: string): string => equationText(child(element, name))

/** The text of an equation or a part of one. */
export function equationText(element: XmlElement | undefined): string {
  if (!element) return ''
  switch (element.name) {
    case 'm:t':
    case 'w:t':
      return element.text
    case 'm:f':
      return `${group(part(element, 'm:num'))}/${group(part(element, 'm:den'))}`
    case 'm:sSup':
      return `${part(element, 'm:e')}^${group(part(element, 'm:sup'))}`
    case 'm:sSub':
      return `${part(element, 'm:e')}_${group(part(element, 'm:sub'))}`
    case 'm:sSubSup':
      return `${part(element, 'm:e')}_${group(part(element, 'm:sub'))}^${group(part(element, 'm:sup'))}`
    case 'm:rad': {
      const degree = part(element, 'm:deg')
      return `${degree ? group(degree) : ''}√${group(part(element, 'm:e'))}`
    }
    case 'm:nary': {
      const [below, above] = [part(element, 'm:sub'), part(element, 'm:sup')]
      const sign = mathValue(element, 'm:chr') ?? '∫'
      return `${sign}${below ? `_${group(below)}` : ''}${above ? `^${group(above)}` : ''} ${part(element, 'm:e')}`
    }
    case 'm:d': {
      const [open, close] = [mathValue(element, 'm:begChr') ?? '(', mathValue(element, 'm:endChr') ?? ')']
      const inner = childrenOf(element, 'm:e').map(equationText)
      return `${open}${inner.join(mathValue(element, 'm:sepChr') ?? '|')}${close}`
    }
    case 'm:m':
      return `[${childrenOf(element, 'm:mr')
        .map((row) => childrenOf(row, 'm:e').map(equationText).join(', '))
        .join('; ')}]`
    default:
      if (element.name.endsWith('Pr')) return ''
      return element.children.map(equationText).join('')
  }
}
