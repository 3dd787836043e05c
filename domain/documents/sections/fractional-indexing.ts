/**
 * Fractional indexing: each item has its own order key, and items are sorted by key, then id. A move writes one key, so moves of different
 * people never conflict. No imports, so that the browser can load it.
 */

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base = digits.length
/** Keys at either end are counted with this many digits, in steps: 10,000 at each end before keys grow. */
const headDigits = 6
const step = 2 ** 20
/** Longer keys come from repeated moves into one gap; then all items get new keys. */
const maxKeyCharacters = 40

/** An item with a place in an order. */
export interface Ordered {
  id: string
  order: string
}

/** Compares by key, then id, by UTF-16 code units: the same in every locale. */
export function compareOrder(one: Ordered, other: Ordered): number {
  if (one.order !== other.order) return one.order < other.order ? -1 : 1
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0
}

/**
 * A key between two others. Two people who request a key for the same gap very likely get different ones.
 * @param before undefined: nothing is before
 * @param after undefined: nothing is after
 * @param random numbers in [0, 1)
 * @returns undefined where there is no room: the two are equal, in the wrong order, or not valid keys
 */
export function keyBetween(before: string | undefined, after: string | undefined, random: () => number = Math.random): string | undefined {
  if ([before, after].some((key) => key !== undefined && !/^[0-9A-Za-z]{1,200}$/.test(key))) return undefined
  const stride = step + Math.floor(random() * step)
  if (before === undefined && after === undefined) return formatHead(base ** headDigits / 2 + stride)
  if (after === undefined) {
    const next = parseHead(before as string) + stride
    if (next < base ** headDigits) return formatHead(next)
  } else if (before === undefined) {
    const next = parseHead(after) - stride
    if (next > 0) return formatHead(next)
  }
  if (before !== undefined && after !== undefined && before >= after) return undefined
  const middle = findMiddle(before ?? '', after)
  if (middle === undefined) return undefined
  const randomized = middle + digits[1 + Math.floor(random() * (base - 1))]
  return after === undefined || randomized < after ? randomized : middle
}

function parseHead(key: string): number {
  let value = 0
  for (let place = 0; place < headDigits; place++) value = value * base + digits.indexOf(key[place] ?? '0')
  return value
}

function formatHead(value: number): string {
  let text = ''
  for (let left = value, place = 0; place < headDigits; place++) {
    text = digits[left % base] + text
    left = Math.floor(left / base)
  }
  return text
}

/** The shortest text between two, as in fractions; it never ends with the lowest digit. */
function findMiddle(before: string, after: string | undefined): string | undefined {
  let prefix = ''
  for (let place = 0; place < 200; place++) {
    const low = digits.indexOf(before[place] ?? '0')
    const high = after === undefined || prefix < after.slice(0, place) ? base : digits.indexOf(after[place] ?? '0')
    if (high - low > 1) return prefix + digits[Math.floor((low + high) / 2)]
    prefix += digits[low]
  }
  return undefined
}

/**
 * The keys to write so that an item gets a place: its own, or, where there is no room, a new one for each.
 * @param others in order, without the item
 * @param place how many of them are before it; 0 is the first place
 */
export function keysForMove(
  others: readonly Ordered[],
  id: string,
  place: number,
  random: () => number = Math.random,
): Map<string, string> {
  const key = keyBetween(others[place - 1]?.order, others[place]?.order, random)
  if (key !== undefined && key.length <= maxKeyCharacters) return new Map([[id, key]])
  const keys = new Map<string, string>()
  let last: string | undefined
  for (const one of [...others.slice(0, place).map((other) => other.id), id, ...others.slice(place).map((other) => other.id)]) {
    last = keyBetween(last, undefined, random) as string
    keys.set(one, last)
  }
  return keys
}
