/** File names that are valid on every system. */

/** Maximum length of a file name, bytes of UTF-8. */
const maxBytes = 255
/** Names of devices on Windows, with or without an extension. */
const reserved = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?=\.|$)/i

/**
 * A title as a file name.
 * @param ending what comes after it, with the extension
 */
export function toFileName(title: string, ending: string): string {
  const name = title
    .normalize('NFC')
    .toWellFormed()
    // characters that change the direction could hide the extension
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s/\\:*?"<>|]+/gu, ' ')
    .replace(/[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]/g, '')
    .replace(/^[.\s]+/, '')
    .replace(reserved, '_$1')
  const bytes = maxBytes - Buffer.byteLength(ending)
  return `${cut(name, bytes).replace(/[.\s]+$/, '') || 'document'}${ending}`
}

/** The longest beginning with whole characters, as people see them. */
function cut(name: string, bytes: number): string {
  if (Buffer.byteLength(name) <= bytes) return name
  let [kept, used] = ['', 0]
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name)) {
    used += Buffer.byteLength(segment)
    if (used > bytes) break
    kept += segment
  }
  return kept
}
