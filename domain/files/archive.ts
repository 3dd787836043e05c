/** Zip archives from strangers: looked at before anything is unpacked, and unpacked within bounds, whatever their directory claims. */
import { unzipSync, zipSync } from 'fflate'
import { Unreadable } from './unreadable.ts'

/** A large contract has some dozens of parts and some megabytes of XML; a bomb has neither measure. */
const mostParts = 2000
const mostBytes = 64 * 1024 * 1024
/** Bytes out of one byte, over the whole archive: text of a contract packs to about a tenth. */
const mostRatio = 150

export const isArchive = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04

/**
 * The names of all parts, and the bytes of the wanted ones.
 * @throws Unreadable for what is broken, or would unpack to more than it should
 */
export function unpacked(bytes: Uint8Array, wanted: (name: string) => boolean): { names: string[]; parts: Map<string, Uint8Array> } {
  const names: string[] = []
  let sum = 0
  let found: Record<string, Uint8Array>
  try {
    // the filter sees what the directory claims; a part that holds more than it claims is cut off there, as its buffer is that long
    found = unzipSync(bytes, {
      filter({ name, originalSize }) {
        names.push(name)
        sum += originalSize
        if (names.length > mostParts || sum > mostBytes || sum > Math.max(1, bytes.length) * mostRatio)
          throw new Unreadable('It unpacks to far more than it should; it was not opened.')
        return wanted(name)
      },
    })
  } catch (error) {
    if (error instanceof Unreadable) throw error
    throw new Unreadable('The file is damaged: it cannot be unpacked.')
  }
  return { names, parts: new Map(Object.entries(found)) }
}

/** Parts as an archive of our own, which says of itself what it holds. */
export const packed = (parts: Map<string, Uint8Array>): Uint8Array => zipSync(Object.fromEntries(parts), { level: 0 })
