/**
 * An order that merges: each thing carries a text of its own, its key, and things stand in the order of their keys, ties broken by id. Who
 * moves one thing writes that one key, so moves of different people never touch each other. Reads nothing, so that the browser can have it.
 */

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const base = digits.length
/** At the open ends keys are counted in a head of so many digits, in steps: 10,000 of them at either end before keys grow. */
const head = 6
const step = 2 ** 20
/** Longer keys are a sign of moves into one gap over and over; then all get new ones. */
const longest = 40

/** A thing that has a place. */
export interface Placed {
  id: string
  order: string
}

/** Compares by key, then id, sign by sign as JavaScript does: the same everywhere, whatever the language. */
export function byOrder(one: Placed, other: Placed): number {
  if (one.order !== other.order) return one.order < other.order ? -1 : 1
  return one.id < other.id ? -1 : one.id > other.id ? 1 : 0
}

/**
 * A key between two others. Two people who ask for the same gap get different ones, most likely.
 * @param before undefined: nothing stands before
 * @param after undefined: nothing stands after
 * @param random numbers in [0, 1)
 * @returns undefined where there is no room: the two are equal, the wrong way round, or not of our making
 */
export function keyBetween(before: string | undefined, after: string | undefined, random: () => number = Math.random): string | undefined {
  if ([before, after].some((key) => key !== undefined && !/^[0-9A-Za-z]{1,200}$/.test(key))) return undefined
  const stride = step + Math.floor(random() * step)
  if (before === undefined && after === undefined) return written(base ** head / 2 + stride)
  if (after === undefined) {
    const next = read(before as string) + stride
    if (next < base ** head) return written(next)
  } else if (before === undefined) {
    const next = read(after) - stride
    if (next > 0) return written(next)
  }
  if (before !== undefined && after !== undefined && before >= after) return undefined
  const middle = middleOf(before ?? '', after)
  if (middle === undefined) return undefined
  const loose = middle + digits[1 + Math.floor(random() * (base - 1))]
  return after === undefined || loose < after ? loose : middle
}

function read(key: string): number {
  let value = 0
  for (let place = 0; place < head; place++) value = value * base + digits.indexOf(key[place] ?? '0')
  return value
}

function written(value: number): string {
  let text = ''
  for (let left = value, place = 0; place < head; place++) {
    text = digits[left % base] + text
    left = Math.floor(left / base)
  }
  return text
}

/** The shortest text between two, as fractions are; it never ends with the lowest digit. */
function middleOf(before: string, after: string | undefined): string | undefined {
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
 * The keys to write so that a thing stands at a place: its own alone, or, where there is no room, one for each.
 * @param others in their order, without the thing
 * @param place how many of them stand before it; 0 is the first place
 */
export function keysFor(others: readonly Placed[], id: string, place: number, random: () => number = Math.random): Map<string, string> {
  const key = keyBetween(others[place - 1]?.order, others[place]?.order, random)
  if (key !== undefined && key.length <= longest) return new Map([[id, key]])
  const keys = new Map<string, string>()
  let last: string | undefined
  for (const one of [...others.slice(0, place).map((other) => other.id), id, ...others.slice(place).map((other) => other.id)]) {
    last = keyBetween(last, undefined, random) as string
    keys.set(one, last)
  }
  return keys
}
