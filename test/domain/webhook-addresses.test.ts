/** Addresses to which webhooks are not sent. */
import { describe, expect, test } from 'vitest'
import { isPublic, describeUrlProblem } from '../../domain/delivery/outbound/ssrf-guard.ts'

describe('addresses that are not public', () => {
  test.each([
    'https://example.org:22',
    'https://example.org:0',
    'https://example.org:80/x',
    'https://exam\nple.org',
    'https://example.org/\r\nx',
    'https://example.org/a b',
    'http://127.0.0.1',
    'https://127.0.0.1',
    'https://127.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0177.0.0.1',
    'https://0x7f.0.0.1',
    'https://0',
    'https://[::1]',
    'https://[::]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:7f00:1]',
    'https://[::127.0.0.1]',
    'https://[64:ff9b::7f00:1]',
    'https://[64:ff9b:1::a00:1]',
    'https://[2002:7f00:1::]',
    'https://[fd00::1]',
    'https://[fe80::1]',
    'https://[ff02::1]',
    'https://10.0.0.1',
    'https://172.16.0.1',
    'https://172.31.255.255',
    'https://192.168.1.1',
    'https://169.254.169.254',
    'https://100.64.0.1',
    'https://100.127.255.255',
    'https://198.18.0.1',
    'https://224.0.0.1',
    'https://255.255.255.255',
    'https://localhost',
    'https://localhost.',
    'https://x.localhost',
    'https://①②⑦.⓪.⓪.①',
  ])('%s is refused', (url) => expect(describeUrlProblem(url, false)).toBeDefined())

  test.each([
    'https://example.org',
    'https://8.8.8.8',
    'https://172.32.0.1',
    'https://100.128.0.1',
    'https://[2606:4700:4700::1111]/x?y=1',
  ])('%s is accepted', (url) => expect(describeUrlProblem(url, false)).toBeUndefined())

  test('an invalid address is not public', () => {
    for (const text of ['', 'example.org', '1.2.3', '::g']) expect(isPublic(text)).toBe(false)
    expect(isPublic('fe80::1%eth0')).toBe(false)
  })
})
