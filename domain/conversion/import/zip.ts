/** Zip archives from strangers: checked before anything is unpacked, and unpacked within limits, whatever their directory claims. */
import { unzipSync, zipSync } from 'fflate'
import { UnreadableFileError } from '../unreadable-file.ts'

/** A large contract has some dozens of parts and some megabytes of XML; a zip bomb has far more of either. */
const maxParts = 2000
const maxBytes = 64 * 1024 * 1024
/** Maximum compression ratio over the whole archive: the text of a contract has about ten. */
const maxCompressionRatio = 150

export const isArchive = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04

/**
 * Unpacks the wanted parts.
 * @returns the names of all parts, and the bytes of the wanted ones
 * @throws UnreadableFileError for a damaged archive, or one that unpacks to more than allowed
 */
export function unzipParts(bytes: Uint8Array, wanted: (name: string) => boolean): { names: string[]; parts: Map<string, Uint8Array> } {
  const names: string[] = []
  let sum = 0
  let found: Record<string, Uint8Array>
  try {
    // the filter sees the sizes that the directory claims; a larger part is cut off at its claimed size
    found = unzipSync(bytes, {
      filter({ name, originalSize }) {
        names.push(name)
        sum += originalSize
        if (names.length > maxParts || sum > maxBytes || sum > Math.max(1, bytes.length) * maxCompressionRatio)
          throw new UnreadableFileError('This file unpacks to too much data and was not opened.')
        return wanted(name)
      },
    })
  } catch (error) {
    if (error instanceof UnreadableFileError) throw error
    throw new UnreadableFileError('The file is damaged: it cannot be unpacked.')
  }
  return { names, parts: new Map(Object.entries(found)) }
}

/** Packs parts into an archive whose directory is correct. */
export const zipParts = (parts: Map<string, Uint8Array>): Uint8Array => zipSync(Object.fromEntries(parts), { level: 0 })
