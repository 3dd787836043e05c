/** Drawn signatures: a PNG that can be shown, and pen strokes as lines. */
import { crc32, inflateSync } from 'node:zlib'
import type { Content } from 'pdfmake/interfaces.js'

/** The box of a mark, points. */
export const markWidth = 200
export const markHeight = 52
/** Limits of a drawn mark. */
export const maxMarkPixels = 4_000_000
const maxStrokes = 2000
const maxPoints = 20_000
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** Samples of a pixel, by the colour type of the PNG. */
const samples: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Whether bytes are a PNG that can be shown: whole, not interlaced, at most 4 megapixels, with all its pixels. */
export function isDrawnMark(png: Uint8Array): boolean {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  if (bytes.length < 57 || !bytes.subarray(0, 8).equals(signature)) return false
  const data: Buffer[] = []
  let header: Buffer | undefined
  let hasPalette = false
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.subarray(at + 4, at + 8).toString('latin1')
    if (at + 12 + length > bytes.length || crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length))
      return false
    const content = bytes.subarray(at + 8, at + 8 + length)
    if ((header === undefined) !== (type === 'IHDR')) return false
    if (type === 'IHDR') header = content
    if (type === 'PLTE') hasPalette = length > 0 && length % 3 === 0
    if (type === 'IDAT') data.push(content)
    at += 12 + length
    if (type === 'IEND') return at === bytes.length && header !== undefined && hasAllPixels(header, hasPalette, Buffer.concat(data))
  }
  return false
}

function hasAllPixels(header: Buffer, hasPalette: boolean, data: Buffer): boolean {
  if (header.length !== 13) return false
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const [depth, color, compression, filter, interlace] = header.subarray(8) as unknown as [number, number, number, number, number]
  const perPixel = samples[color]
  if (perPixel === undefined || depth !== 8 || compression + filter + interlace !== 0 || (color === 3 && !hasPalette)) return false
  if (width === 0 || height === 0 || width * height > maxMarkPixels) return false
  const expected = height * (1 + width * perPixel)
  try {
    return inflateSync(data, { maxOutputLength: expected + 1 }).length === expected
  } catch {
    return false
  }
}

/** Pen strokes as lines in the box of a mark; undefined where there is nothing to draw. */
export function drawStrokes({ width, height, strokes }: { width: number; height: number; strokes: number[][] }): Content | undefined {
  const scale = Math.min(markWidth / width, markHeight / height)
  if (!Number.isFinite(scale) || width <= 0 || height <= 0) return undefined
  let points = 0
  const lines = strokes.slice(0, maxStrokes).flatMap((stroke) => {
    const line: string[] = []
    for (let at = 0; at + 1 < stroke.length && points < maxPoints; at += 2) {
      const [x, y] = [stroke[at] as number, stroke[at + 1] as number]
      if (!Number.isFinite(x) || !Number.isFinite(y)) continue
      line.push(`${round(clamp(x, width) * scale)} ${round(clamp(y, height) * scale)}`)
      points++
    }
    // a point is a short line
    return line.length > 0 ? [`M${line.join('L')}${line.length === 1 ? 'h0.6' : ''}`] : []
  })
  if (lines.length === 0) return undefined
  const path = `<path d="${lines.join('')}" fill="none" stroke="#1b2a4a" stroke-width="1.2" stroke-linecap="round" stroke-linejoin="round"/>`
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${markWidth}" height="${markHeight}">${path}</svg>`,
    width: markWidth,
    height: markHeight,
  }
}

const clamp = (value: number, most: number): number => Math.min(Math.max(0, value), most)
const round = (value: number): number => Math.round(value * 100) / 100
