/** The LZW filter (ISO 32000-2, 7.4.4). */
import { PdfError } from './objects.ts'

const clearTable = 256
const endOfData = 257

/**
 * Decodes LZW data.
 * @param isEarly whether the code length grows one code early, which is the default of PDF
 * @throws PdfError past `maxBytes`, or for a code that is not in the table
 */
export function decodeLzw(bytes: Uint8Array, isEarly: boolean, maxBytes: number): Uint8Array {
  const single: Uint8Array[] = Array.from({ length: 258 }, (_, code) => Uint8Array.of(code & 0xff))
  let table = [...single]
  let width = 9
  let previous: Uint8Array | undefined
  const parts: Uint8Array[] = []
  let length = 0
  let [buffer, bits] = [0, 0]
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffffff
    bits += 8
    if (bits < width) continue
    bits -= width
    const code = (buffer >> bits) & ((1 << width) - 1)
    if (code === endOfData) break
    if (code === clearTable) {
      table = [...single]
      width = 9
      previous = undefined
      continue
    }
    const part: Uint8Array | undefined =
      table[code] ?? (previous && code === table.length ? append(previous, previous[0] as number) : undefined)
    if (!part) throw new PdfError('A compressed stream is damaged.')
    parts.push(part)
    length += part.length
    if (length > maxBytes) throw new PdfError('A stream unpacks to too much data.')
    if (previous && table.length < 4096) table.push(append(previous, part[0] as number))
    previous = part
    const size = table.length + (isEarly ? 1 : 0)
    width = size >= 2048 ? 12 : size >= 1024 ? 11 : size >= 512 ? 10 : 9
  }
  const all = new Uint8Array(length)
  let position = 0
  for (const part of parts) {
    all.set(part, position)
    position += part.length
  }
  return all
}

function append(bytes: Uint8Array, byte: number): Uint8Array {
  const longer = new Uint8Array(bytes.length + 1)
  longer.set(bytes)
  longer[bytes.length] = byte
  return longer
}
