/**
 * Marks the places of comments in a text while it is read and sanitized. A marker is a short text of code points that no text may contain
 * (noncharacters from U+FDD0), so that it keeps its place whatever happens to the nodes around it.
 */
import type { JSONContent } from '@tiptap/core'

const opening = '\ufdd0'
const closing = '\ufdd1'
const digits = 0xfde0
const reserved = /[\ufdd0-\ufdef]/g
const markerPattern = /\ufdd0([\ufde0-\ufdef]{1,8})\ufdd1/g

/** A place in a text: the start or the end of a numbered range. */
export interface PlaceMarker {
  range: number
  isEnd: boolean
}

/** Text of a file, without the code points of markers. */
export const withoutReserved = (text: string): string => text.replace(reserved, '\ufffd')

/** A marker as an inline node. */
export function markerNode({ range, isEnd }: PlaceMarker): JSONContent {
  const hex = (range * 2 + (isEnd ? 1 : 0)).toString(16)
  const code = Array.from(hex, (digit) => String.fromCharCode(digits + Number.parseInt(digit, 16))).join('')
  return { type: 'text', text: opening + code + closing }
}

/** Whether an inline node is a marker. */
export const isMarker = ({ text }: JSONContent): boolean => text?.startsWith(opening) === true

/** Where the ranges of markers begin and end: positions as `PositionIndex` counts them. */
export interface MarkedRanges {
  starts: Map<number, number>
  ends: Map<number, number>
}

/** Removes markers from sanitized content. @returns the content without them, and their places */
export function takeMarkers(content: JSONContent): { content: JSONContent; ranges: MarkedRanges } {
  const ranges: MarkedRanges = { starts: new Map(), ends: new Map() }
  let position = 0
  const take = (text: string): string => {
    let clean = ''
    let last = 0
    for (const match of text.matchAll(markerPattern)) {
      clean += text.slice(last, match.index)
      last = match.index + match[0].length
      const hex = Array.from(match[1] as string, (digit) => (digit.charCodeAt(0) - digits).toString(16)).join('')
      const number = Number.parseInt(hex, 16)
      const places = number % 2 === 1 ? ranges.ends : ranges.starts
      if (!places.has(number >> 1)) places.set(number >> 1, position + clean.length)
    }
    clean += text.slice(last)
    position += clean.length
    return clean
  }
  const walk = (part: JSONContent, isRoot: boolean): JSONContent[] => {
    if (part.text !== undefined) {
      const text = take(part.text)
      return text === '' ? [] : [{ ...part, text }]
    }
    if (!isRoot) position++
    const inner = part.content?.flatMap((one) => walk(one, false))
    if (!isRoot) position++
    return [{ ...part, ...(inner && { content: inner }) }]
  }
  return { content: walk(content, true)[0] as JSONContent, ranges }
}
