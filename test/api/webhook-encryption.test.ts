import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UnreachableError } from '../../domain/kernel/outbound.ts'
import { post } from '../../domain/delivery/outbound/http.ts'
import { startHttpReceiver } from '../support/http-receiver.ts'
import { isInstalled } from '../support/servers.ts'

/** Creates a self-signed certificate for a name. */
function createCertificate(name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const keyOptions = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-keyout', key, '-out', cert]
  execFileSync('openssl', ['req', '-x509', ...keyOptions, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`], {
    stdio: 'ignore',
  })
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true })
  return pair
}

async function serveHttps(pair: { key: string; cert: string }) {
  const server = createServer(pair, (_, response) => response.writeHead(204).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, stop: () => new Promise((resolve) => server.close(resolve)) }
}

const postMessage = (url: string) =>
  post({ url, headers: {}, body: '{}', timeoutMs: 10_000 }, true).catch((error: unknown) => {
    expect(error).toBeInstanceOf(UnreachableError)
    return (error as UnreachableError).message
  })

describe.skipIf(!isInstalled('webhooks over https', 'openssl'))('a receiver over https', () => {
  const defaultCertificates = getCACertificates('default')
  let certificate: ReturnType<typeof createCertificate>
  let server: Awaited<ReturnType<typeof serveHttps>>
  beforeAll(async () => {
    certificate = createCertificate('localhost')
    server = await serveHttps(certificate)
  })
  afterAll(async () => {
    setDefaultCACertificates(defaultCertificates)
    await server.stop()
  })

  test('gets no message when its certificate is untrusted or for another name', async () => {
    expect(await postMessage(`https://localhost:${server.port}/`)).toMatch(/TLS connection failed \(DEPTH_ZERO_SELF_SIGNED_CERT\)/)
    setDefaultCACertificates([...defaultCertificates, certificate.cert])
    expect(await postMessage(`https://127.0.0.1:${server.port}/`)).toMatch(/TLS connection failed \(ERR_TLS_CERT_ALTNAME_INVALID\)/)
  })

  test('gets the message when its certificate is trusted', async () => {
    setDefaultCACertificates([...defaultCertificates, certificate.cert])
    expect(await postMessage(`https://localhost:${server.port}/`)).toEqual({ status: 204, retryAfter: undefined })
  })

  test('gets no message when it does not use TLS', async () => {
    const plainReceiver = await startHttpReceiver()
    expect(await postMessage(plainReceiver.url.replace('http:', 'https:'))).toMatch(/The TLS connection failed/)
    expect(plainReceiver.received).toEqual([])
    await plainReceiver.stop()
  })
})
