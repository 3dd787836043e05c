/** Fingerprints of Yjs values, for comparing two documents. */
import * as Y from 'yjs'

/**
 * Fingerprints are equal for equal values, within one instance. The fingerprint of a shared type is a cached number, so the fingerprint of
 * its parent stays short, however deep a document is. A type must not change between two calls.
 */
export class Fingerprints {
  readonly #numbers = new Map<string, number>()
  readonly #known = new Map<Y.AbstractType<any>, string>()

  of(value: unknown): string {
    if (value instanceof Y.AbstractType) return this.#ofType(value)
    if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('base64')}`
    if (Array.isArray(value)) return `[${value.map((one) => this.of(one)).join()}]`
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
      return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${this.of(one)}`).join()}}`
    }
    return JSON.stringify(value) ?? 'undefined'
  }

  #ofType(type: Y.AbstractType<any>): string {
    const known = this.#known.get(type)
    if (known) return known
    const text = this.#describe(type)
    let number = this.#numbers.get(text)
    if (number === undefined) this.#numbers.set(text, (number = this.#numbers.size))
    const fingerprint = `#${number}`
    this.#known.set(type, fingerprint)
    return fingerprint
  }

  #describe(type: Y.AbstractType<any>): string {
    if (type instanceof Y.XmlElement) return `<${JSON.stringify(type.nodeName)}${this.of(type.getAttributes())}>${this.of(type.toArray())}`
    if (type instanceof Y.Text) return `t${this.of(type.toDelta())}`
    if (type instanceof Y.Map) return `m${this.of(Object.fromEntries(type.entries()))}`
    if (type instanceof Y.Array) return `a${this.of(type.toArray())}`
    return `${type.constructor.name}${JSON.stringify(type.toJSON())}`
  }
}
