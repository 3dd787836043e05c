/**
 * ZIP files of one form: entries in the order of their names, stored without compression, with one fixed time and no comment. The same files
 * give the same bytes, so a reader can tell that not one byte of a bundle is different, those between the files included.
 */

/** Files by name. */
export type ZipFiles = ReadonlyMap<string, Uint8Array>

/** The bytes are no ZIP file of this form. */
export class ZipError extends Error {}

const localSignature = 0x04034b50
const centralSignature = 0x02014b50
const endSignature = 0x06054b50
const endBytes = 22
const localBytes = 30
const centralBytes = 46
/** Version 2.0; names are UTF-8. */
const [version, flags] = [20, 0x0800]
/** 1 January 1980, the first day of the format. */
const [time, date] = [0, 0x21]
const maxFiles = 10_000
const maxBytes = 0x7fffffff

/** Writes a ZIP file. @throws ZipError where there are too many files or bytes */
export function writeZip(files: ZipFiles): Uint8Array {
  const entries = [...files]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, bytes]) => ({ name: new TextEncoder().encode(name), bytes }))
  const names = entries.reduce((sum, { name }) => sum + name.length, 0)
  const contents = entries.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const total = entries.length * (localBytes + centralBytes) + 2 * names + contents + endBytes
  if (entries.length > maxFiles || total > maxBytes) throw new ZipError('The files are too many or too large for a ZIP file.')
  const zip = new Uint8Array(total)
  const view = new DataView(zip.buffer)
  const centralStart = entries.length * localBytes + names + contents
  let [local, central] = [0, centralStart]
  for (const { name, bytes } of entries) {
    const common = (at: number) => {
      writeNumbers(
        view,
        at,
        [2, version],
        [2, flags],
        [2, 0],
        [2, time],
        [2, date],
        [4, crc32(bytes)],
        [4, bytes.length],
        [4, bytes.length],
        [2, name.length],
      )
    }
    writeNumbers(view, central, [4, centralSignature], [2, version])
    common(central + 6)
    writeNumbers(view, central + 42, [4, local])
    zip.set(name, central + centralBytes)
    central += centralBytes + name.length
    writeNumbers(view, local, [4, localSignature])
    common(local + 4)
    zip.set(name, local + localBytes)
    zip.set(bytes, local + localBytes + name.length)
    local += localBytes + name.length + bytes.length
  }
  const count = entries.length
  writeNumbers(
    view,
    central,
    [4, endSignature],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, central - centralStart],
    [4, centralStart],
    [2, 0],
  )
  return zip
}

/** Reads a ZIP file of this form: every byte must be as `writeZip` writes it. @throws ZipError */
export function readZip(zip: Uint8Array): Map<string, Uint8Array> {
  const { files, isWhole } = scanZip(zip)
  if (!isWhole) throw new ZipError('The file is not a whole bundle: it ends too early, or an entry is damaged.')
  const again = writeZip(files)
  const length = Math.min(again.length, zip.length)
  let same = 0
  while (same < length && again[same] === zip[same]) same++
  if (same < length || again.length !== zip.length) throw new ZipError(`The bytes around the files were changed, at byte ${same}.`)
  return files
}

/** Reads as many files from the beginning as can be read, to say what is wrong with them. */
export function scanZip(zip: Uint8Array): { files: Map<string, Uint8Array>; isWhole: boolean } {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength)
  const files = new Map<string, Uint8Array>()
  let at = 0
  while (at + localBytes <= zip.length && view.getUint32(at, true) === localSignature && files.size < maxFiles) {
    const [size, nameLength, extra] = [view.getUint32(at + 18, true), view.getUint16(at + 26, true), view.getUint16(at + 28, true)]
    const start = at + localBytes + nameLength + extra
    if (view.getUint16(at + 8, true) !== 0 || start + size > zip.length) return { files, isWhole: false }
    const name = new TextDecoder().decode(zip.subarray(at + localBytes, at + localBytes + nameLength))
    if (files.has(name)) return { files, isWhole: false }
    files.set(name, zip.subarray(start, start + size))
    at = start + size
  }
  return { files, isWhole: at + 4 <= zip.length && view.getUint32(at, true) === (files.size > 0 ? centralSignature : endSignature) }
}

/** Whether bytes begin as a ZIP file. */
export const isZip = (bytes: Uint8Array): boolean => bytes.length >= 4 && [0x50, 0x4b, 3, 4].every((byte, at) => bytes[at] === byte)

/** Numbers of 2 or 4 bytes, the lowest byte first. */
function writeNumbers(view: DataView, start: number, ...numbers: [2 | 4, number][]): void {
  let at = start
  for (const [bytes, value] of numbers) {
    if (bytes === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += bytes
  }
}

// Node 20.14 and older have no `zlib.crc32`, and the verifier runs there too
const crcTable = Uint32Array.from({ length: 256 }, (_, number) => {
  let value = number
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] as number)
  return (crc ^ 0xffffffff) >>> 0
}
