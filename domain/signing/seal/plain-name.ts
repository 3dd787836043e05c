/** Names of people as they are shown in evidence: one line, in the order in which their letters are stored. */

/** Characters that change the order or the look of others: directions, zero widths, controls, and noncharacters. */
const deceptive =
  /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu
/** Marks that would grow over the lines above and below. */
const stacked = /(\p{M}{5})\p{M}+/gu

/**
 * Removes what could make a name look like another one, such as a right-to-left override, and shortens it.
 * @param maxCharacters code points, with the ellipsis
 */
export function toPlainName(name: string, maxCharacters: number): string {
  // bounded before anything else looks at it
  const given = name
    .slice(0, maxCharacters * 8)
    .replace(/\s+/gu, ' ')
    .replace(deceptive, '')
    .normalize('NFC')
    .trim()
    .replace(stacked, '$1')
  const characters = Array.from(given)
  if (characters.length === 0) return '?'
  return characters.length <= maxCharacters ? given : `${characters.slice(0, maxCharacters - 1).join('')}…`
}
