/** Reads the objects of a PDF file at a position. It never scans for something that looks like an object. */
import { PdfDict, PdfError, PdfName, PdfRef, PdfString, type PdfValue } from './objects.ts'

/** Nesting of one direct object. Documents that people make stay below 20. */
const maxDepth = 200

const whiteSpace = new Set([0, 9, 10, 12, 13, 32])
const delimiters = new Set(Buffer.from('()<>[]{}/%'))
const isRegular = (byte: number | undefined): boolean => byte !== undefined && !whiteSpace.has(byte) && !delimiters.has(byte)
export const isWhiteSpace = (byte: number | undefined): boolean => byte !== undefined && whiteSpace.has(byte)

const hexDigit = (byte: number | undefined): number => {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

const escapes: Record<string, number> = { n: 10, r: 13, t: 9, b: 8, f: 12 }

/** Reads objects one after the other. */
export class PdfParser {
  readonly bytes: Uint8Array
  position: number
  readonly #isFile: boolean
  readonly #end: number

  /** @param isFile whether `bytes` is the file itself, so that positions are positions in the file */
  constructor(bytes: Uint8Array, position: number, isFile = true, end = bytes.length) {
    this.bytes = bytes
    this.position = position
    this.#isFile = isFile
    this.#end = end
  }

  skipWhiteSpace(): void {
    while (this.position < this.#end) {
      const byte = this.bytes[this.position]
      if (byte === 0x25) {
        while (this.position < this.#end && this.bytes[this.position] !== 10 && this.bytes[this.position] !== 13) this.position++
      } else if (isWhiteSpace(byte)) this.position++
      else return
    }
  }

  /** Reads a keyword such as `obj` if it is next. */
  takeKeyword(word: string): boolean {
    this.skipWhiteSpace()
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[this.position + index] !== word.charCodeAt(index)) return false
    }
    if (this.position + word.length > this.#end) return false
    this.position += word.length
    return true
  }

  /** Reads an integer without sign if it is next. */
  takeInteger(): number | undefined {
    this.skipWhiteSpace()
    const start = this.position
    let value = 0
    while (this.position < this.#end) {
      const byte = this.bytes[this.position] as number
      if (byte < 0x30 || byte > 0x39) break
      value = value * 10 + byte - 0x30
      this.position++
    }
    if (this.position > start && this.position - start <= 15) return value
    this.position = start
    return undefined
  }

  /** Reads the object at the position. @throws PdfError where there is none */
  parseValue(depth = 0): PdfValue {
    if (depth > maxDepth) throw new PdfError('Objects are nested too deep.')
    this.skipWhiteSpace()
    const byte = this.bytes[this.position]
    if (byte === undefined || this.position >= this.#end) throw new PdfError('The file ends inside an object.')
    switch (byte) {
      case 0x2f:
        return this.#parseName()
      case 0x28:
        return this.#parseLiteralString()
      case 0x5b:
        return this.#parseArray(depth)
      case 0x3c:
        return this.bytes[this.position + 1] === 0x3c ? this.#parseDict(depth) : this.#parseHexString()
    }
    if ((byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e) return this.#parseNumber()
    return this.#parseKeyword()
  }

  #span(start: number) {
    return this.#isFile ? { start, end: this.position } : undefined
  }

  #parseName(): PdfName {
    this.position++
    let name = ''
    while (this.position < this.#end && isRegular(this.bytes[this.position])) {
      const byte = this.bytes[this.position++] as number
      const [high, low] = [hexDigit(this.bytes[this.position]), hexDigit(this.bytes[this.position + 1])]
      if (byte === 0x23 && high >= 0 && low >= 0) {
        name += String.fromCharCode(high * 16 + low)
        this.position += 2
      } else name += String.fromCharCode(byte)
    }
    return new PdfName(name)
  }

  #parseLiteralString(): PdfString {
    const start = this.position++
    const bytes: number[] = []
    let open = 1
    while (open > 0) {
      if (this.position >= this.#end) throw new PdfError('A string does not end.')
      const byte = this.bytes[this.position++] as number
      if (byte === 0x28) open++
      else if (byte === 0x29) open--
      if (byte === 0x5c) this.#parseEscape(bytes)
      else if (open > 0) bytes.push(byte)
    }
    return new PdfString(Uint8Array.from(bytes), this.#span(start))
  }

  #parseEscape(bytes: number[]): void {
    const byte = this.bytes[this.position++] ?? 0
    if (byte >= 0x30 && byte <= 0x37) {
      let code = byte - 0x30
      for (let digits = 1; digits < 3; digits++) {
        const next = this.bytes[this.position] ?? 0
        if (next < 0x30 || next > 0x37) break
        code = code * 8 + next - 0x30
        this.position++
      }
      bytes.push(code & 0xff)
    } else if (byte === 13) {
      if (this.bytes[this.position] === 10) this.position++
    } else if (byte !== 10) bytes.push(escapes[String.fromCharCode(byte)] ?? byte)
  }

  #parseHexString(): PdfString {
    const start = this.position++
    const bytes = new Uint8Array((this.#hexEnd() - this.position + 1) >> 1)
    let digits = 0
    for (; ; this.position++) {
      const byte = this.bytes[this.position] as number
      if (byte === 0x3e) break
      const digit = hexDigit(byte)
      if (digit < 0) {
        if (!isWhiteSpace(byte)) throw new PdfError('A hexadecimal string contains another character.')
        continue
      }
      bytes[digits >> 1] = (bytes[digits >> 1] as number) | (digits % 2 === 0 ? digit << 4 : digit)
      digits++
    }
    this.position++
    return new PdfString(bytes.subarray(0, (digits + 1) >> 1), this.#span(start))
  }

  #hexEnd(): number {
    const end = this.bytes.indexOf(0x3e, this.position)
    if (end < 0 || end >= this.#end) throw new PdfError('A string does not end.')
    return end
  }

  #parseArray(depth: number): PdfValue[] {
    this.position++
    const items: PdfValue[] = []
    for (;;) {
      this.skipWhiteSpace()
      if (this.bytes[this.position] === 0x5d) break
      items.push(this.parseValue(depth + 1))
    }
    this.position++
    return items
  }

  #parseDict(depth: number): PdfDict {
    const start = this.position
    this.position += 2
    const entries = new Map<string, PdfValue>()
    for (;;) {
      this.skipWhiteSpace()
      const byte = this.bytes[this.position]
      if (byte === 0x3e && this.bytes[this.position + 1] === 0x3e) break
      if (byte !== 0x2f) throw new PdfError('A dictionary is damaged.')
      const { name } = this.#parseName()
      entries.set(name, this.parseValue(depth + 1))
    }
    this.position += 2
    return new PdfDict(entries, this.#span(start))
  }

  #parseNumber(): PdfValue {
    const start = this.position
    const integer = this.takeInteger()
    if (integer !== undefined && !isRegular(this.bytes[this.position])) return this.#parseReference(integer)
    this.position = start
    let text = ''
    while (this.position < this.#end && isRegular(this.bytes[this.position])) {
      text += String.fromCharCode(this.bytes[this.position++] as number)
      if (text.length > 400) throw new PdfError('A number is too long.')
    }
    const value = Number(text.replace(/^[+-]*(?=-)|^\+/, '').replace(/(?<=\d)-.*$/, ''))
    if (Number.isNaN(value)) throw new PdfError('A number is damaged.')
    return value
  }

  /** A number, or a reference that begins with it. */
  #parseReference(number: number): PdfValue {
    const after = this.position
    const generation = this.takeInteger()
    if (generation !== undefined) {
      this.skipWhiteSpace()
      if (this.bytes[this.position] === 0x52 && !isRegular(this.bytes[this.position + 1])) {
        this.position++
        return new PdfRef(number, generation)
      }
    }
    this.position = after
    return number
  }

  #parseKeyword(): PdfValue {
    for (const [word, value] of [
      ['null', null],
      ['true', true],
      ['false', false],
    ] as const) {
      if (this.takeKeyword(word)) return value
    }
    throw new PdfError('An object is damaged.')
  }
}
