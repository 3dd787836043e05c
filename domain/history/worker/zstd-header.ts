/** Reads the header of compressed bytes. */

const magic = 0xfd2fb528

/**
 * The uncompressed length in the header of a Zstandard frame (RFC 8878, 3.1.1.1); infinite where it is not there. For other bytes, their
 * length.
 */
export function unpackedLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 16 || view.getUint32(0, true) !== magic) return bytes.length
  const descriptor = view.getUint8(4)
  const single = (descriptor & 0x20) !== 0
  const start = 5 + (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number)
  const size = descriptor >> 6
  if (size === 0) return single ? view.getUint8(start) : Number.POSITIVE_INFINITY
  if (size === 1) return view.getUint16(start, true) + 256
  return size === 2 ? view.getUint32(start, true) : Number(view.getBigUint64(start, true))
}
