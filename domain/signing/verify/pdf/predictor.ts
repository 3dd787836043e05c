/** Predictors of the Flate and LZW filters (ISO 32000-2, 7.4.4.4). */
import { PdfError } from './objects.ts'

interface PredictorOptions {
  predictor: number
  colors: number
  bitsPerComponent: number
  columns: number
}

/** Restores what a predictor of PNG or TIFF has turned into differences. @throws PdfError for options without sense */
export function undoPredictor(bytes: Uint8Array, { predictor, colors, bitsPerComponent, columns }: PredictorOptions): Uint8Array {
  if (predictor <= 1) return bytes
  const rowBits = colors * bitsPerComponent * columns
  if (!(rowBits >= 1 && rowBits <= 2 ** 31)) throw new PdfError('A predictor is damaged.')
  const rowBytes = Math.ceil(rowBits / 8)
  const pixelBytes = Math.max(1, (colors * bitsPerComponent) >> 3)
  return predictor === 2 ? undoTiff(bytes, rowBytes, pixelBytes, bitsPerComponent) : undoPng(bytes, rowBytes, pixelBytes)
}

function undoTiff(bytes: Uint8Array, rowBytes: number, pixelBytes: number, bitsPerComponent: number): Uint8Array {
  if (bitsPerComponent !== 8) throw new PdfError('A predictor is not supported.')
  const decoded = Uint8Array.from(bytes)
  for (let index = 0; index < decoded.length; index++) {
    if (index % rowBytes >= pixelBytes) decoded[index] = (decoded[index] as number) + (decoded[index - pixelBytes] as number)
  }
  return decoded
}

function undoPng(bytes: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  const rows = Math.ceil(bytes.length / (rowBytes + 1))
  const decoded = new Uint8Array(rows * rowBytes)
  for (let row = 0; row < rows; row++) {
    const type = bytes[row * (rowBytes + 1)] ?? 0
    const start = row * rowBytes
    for (let column = 0; column < rowBytes; column++) {
      const value = bytes[row * (rowBytes + 1) + 1 + column] ?? 0
      const left = column >= pixelBytes ? (decoded[start + column - pixelBytes] as number) : 0
      const up = row > 0 ? (decoded[start + column - rowBytes] as number) : 0
      const upLeft = row > 0 && column >= pixelBytes ? (decoded[start + column - rowBytes - pixelBytes] as number) : 0
      decoded[start + column] = value + predict(type, left, up, upLeft)
    }
  }
  return decoded
}

function predict(type: number, left: number, up: number, upLeft: number): number {
  switch (type) {
    case 1:
      return left
    case 2:
      return up
    case 3:
      return (left + up) >> 1
    case 4: {
      const estimate = left + up - upLeft
      const [byLeft, byUp, byUpLeft] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - upLeft)]
      return byLeft <= byUp && byLeft <= byUpLeft ? left : byUp <= byUpLeft ? up : upLeft
    }
    default:
      return 0
  }
}
