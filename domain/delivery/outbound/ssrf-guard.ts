/** Guards against server-side request forgery: requests to addresses that users entered go only to the public internet (OWASP). */
import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { UnreachableError } from '../../kernel/outbound.ts'

/** Not the public internet: IANA's special-purpose registries (RFC 6890), IPv4 inside IPv6, and broadcast. */
const nonPublicV4 = new BlockList()
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
for (const [net, prefix] of v4) nonPublicV4.addSubnet(net, prefix, 'ipv4')

/** The public IPv6 internet is 2000::/3 (RFC 4291); these ranges in it are not public, or lead to IPv4 by another way. */
const nonPublicV6 = new BlockList()
const publicV6 = new BlockList()
publicV6.addSubnet('2000::', 3, 'ipv6')
const v6: [string, number][] = [
  // Teredo, ORCHID, documentation, 6to4
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]
for (const [net, prefix] of v6) nonPublicV6.addSubnet(net, prefix, 'ipv6')

/** Whether an address is public. @param address as `net.isIP` accepts it; anything else is not public */
export function isPublic(address: string): boolean {
  const plain = address.split('%')[0] as string
  const family = isIP(plain)
  if (family === 4) return !nonPublicV4.check(plain, 'ipv4')
  return family === 6 && publicV6.check(plain, 'ipv6') && !nonPublicV6.check(plain, 'ipv6')
}

/** The host of a URL for the network: without the brackets of IPv6. */
export const readHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/**
 * What is wrong with an address, as far as its text shows; undefined when nothing is. The URL parser converts decimal, hex and octal IPv4,
 * so they are checked, too.
 */
export function describeUrlProblem(text: string, allowPrivate: boolean): string | undefined {
  if (!URL.canParse(text)) return 'must begin with https://'
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) return 'must begin with https://'
  // the URL parser drops them, so the stored address would differ from the requested one
  if (/[\s\p{Cc}]/u.test(text)) return 'must not contain spaces, line breaks or control characters'
  if (url.username || url.password) return 'must not contain a user name or password'
  if (allowPrivate) return undefined
  // ports below 1024 belong to other protocols (SSH, SMTP), which a request could reach
  if (url.port !== '' && Number(url.port) < 1024) return 'must have port 443 or a port of at least 1024'
  const host = readHost(url)
  if (isIP(host) ? !isPublic(host) : /(^|\.)(localhost|local|internal)\.?$/.test(host)) return notPublicMessage
  return undefined
}

const notPublicMessage = 'must be in the public internet'

/**
 * Resolves a host name and refuses it when any of its addresses is not public. The connection uses the returned address, so a name that
 * resolves differently a moment later gains nothing.
 */
export const publicLookup: LookupFunction = (host, options, answer) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error) return answer(error, '')
    const wrong = found.find(({ address }) => !isPublic(address))
    const [first] = found
    if (wrong || !first) return answer(new UnreachableError(`${host} is not in the public internet.`, { blocked: true }), '')
    if (options.all) answer(null, found)
    else answer(null, first.address, first.family)
  })
}
