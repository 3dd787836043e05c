/** Which addresses of the network may be asked on somebody's word: public ones only (OWASP, Server-Side Request Forgery). */
import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Unreached } from '../kernel/outside.ts'

/** What is not the public internet: the special-purpose registries of IANA (RFC 6890), what carries IPv4 inside IPv6, and the broadcast. */
const notPublic = new BlockList()
const v4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]
for (const [net, prefix] of v4) notPublic.addSubnet(net, prefix, 'ipv4')

/** The public internet of IPv6 is 2000::/3 (RFC 4291); inside it these are not, or lead to IPv4 by another way. */
const inside6 = new BlockList()
const public6 = new BlockList()
public6.addSubnet('2000::', 3, 'ipv6')
const v6: [string, number][] = [
  // Teredo, ORCHID, documentation, 6to4
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]
for (const [net, prefix] of v6) inside6.addSubnet(net, prefix, 'ipv6')

/** Whether an address is one of the public internet. @param address as `net.isIP` knows it; anything else is not */
export function isPublic(address: string): boolean {
  const plain = address.split('%')[0] as string
  const family = isIP(plain)
  if (family === 4) return !notPublic.check(plain, 'ipv4')
  return family === 6 && public6.check(plain, 'ipv6') && !inside6.check(plain, 'ipv6')
}

/** The host of an address as the network takes it: without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/**
 * What is wrong with an address, as far as it can be read from its text; undefined when nothing is. Spellings of IPv4 in decimal, hex or
 * octal are addresses to the parser of URLs, so they are addresses here.
 */
export function wrongWith(text: string, allowPrivate: boolean): string | undefined {
  if (!URL.canParse(text)) return 'takes an address that begins with https://'
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) return 'takes an address that begins with https://'
  if (url.username || url.password) return 'takes an address without a user name and password'
  if (allowPrivate) return undefined
  const host = hostOf(url)
  if (isIP(host) ? !isPublic(host) : /(^|\.)(localhost|local|internal)\.?$/.test(host)) return notReached
  return undefined
}

const notReached = 'takes an address in the public internet'

/**
 * Looks a name up and refuses it when any of its addresses is not public. What it answers is what is connected to, so that a name that says
 * something else a moment later gains nothing.
 */
export const publicLookup: LookupFunction = (host, options, answer) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error) return answer(error, '')
    const wrong = found.find(({ address }) => !isPublic(address))
    const [first] = found
    if (wrong || !first) return answer(new Unreached(`${host} is not in the public internet.`, { refused: true }) as never, '')
    if (options.all) answer(null, found)
    else answer(null, first.address, first.family)
  })
}
