/** A timestamp authority for tests: `openssl ts` behind an HTTP server. */
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface TimestampServer {
  url: string
  /** Answers in place of the authority; undefined: the authority answers. */
  answer: ((response: ServerResponse, request: Buffer) => void) | undefined
  stop(): Promise<void>
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
export const canTimestamp = hasOpenssl()
if (!canTimestamp) console.log('Not tested here: timestamps (openssl).')

export async function startTimestampServer(): Promise<TimestampServer> {
  const folder = mkdtempSync(join(tmpdir(), 'smartstart-tsa-'))
  const path = (name: string) => join(folder, name)
  const extensions = 'extendedKeyUsage=critical,timeStamping'
  const certificate = [
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '3650',
    '-subj',
    '/CN=Test timestamp authority',
    '-addext',
    extensions,
  ]
  execFileSync('openssl', ['req', ...certificate, '-keyout', path('key.pem'), '-out', path('cert.pem')], { stdio: 'ignore' })
  writeFileSync(path('serial'), '01')
  writeFileSync(
    path('tsa.cnf'),
    `[tsa]\ndefault_tsa = config\n[config]\nserial = ${path('serial')}\nsigner_cert = ${path('cert.pem')}\nsigner_key = ${path('key.pem')}\n` +
      'signer_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\naccuracy = secs:1\nordering = yes\ness_cert_id_alg = sha256\n',
  )
  let requests = 0
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts)
      if (started.answer) return started.answer(response, body)
      const [query, reply] = [path(`${requests}.tsq`), path(`${requests++}.tsr`)]
      writeFileSync(query, body)
      run('openssl', ['ts', '-reply', '-queryfile', query, '-out', reply, '-config', path('tsa.cnf')]).then(
        () => response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(readFileSync(reply)),
        () => response.writeHead(500).end(),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const started: TimestampServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answer: undefined,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return started
}
