import { once } from 'node:events'
import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const megabyte = Buffer.alloc(1024 * 1024)
const chunkedMegabyte = Buffer.concat([Buffer.from('100000\r\n'), megabyte, Buffer.from('\r\n')])

/** All responses to a 200 MB body and one more request on one connection. The client reads nothing before everything is sent. */
async function readResponses(path: string, type: string, hasContentLength: boolean, token: string | undefined): Promise<string> {
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1')
  socket.setEncoding('utf8').pause()
  const length = hasContentLength ? `Content-Length: ${200 * megabyte.length}` : 'Transfer-Encoding: chunked'
  const authorization = token ? `Authorization: Bearer ${token}\r\n` : ''
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${authorization}Content-Type: ${type}\r\n${length}\r\n\r\n`)
  for (let megabytes = 0; megabytes < 200; megabytes++)
    if (!socket.write(hasContentLength ? megabyte : chunkedMegabyte)) await once(socket, 'drain')
  if (!hasContentLength) socket.write('0\r\n\r\n')
  socket.write('GET /api/openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  let received = ''
  for await (const chunk of socket) received += chunk
  return received
}

test.each([
  ['a file with Content-Length', '/api/imports?name=a.docx', 'application/octet-stream', true, true, '413', 'too-large'],
  ['a file in chunks', '/api/imports?name=a.docx', 'application/octet-stream', false, true, '413', 'too-large'],
  ['a file without a token', '/api/imports?name=a.docx', 'application/octet-stream', false, false, '401', 'unauthenticated'],
  ['a file of another media type', '/api/imports?name=a.docx', 'text/plain', true, true, '400', 'invalid-input'],
  ['JSON with Content-Length', '/api/ventures', 'application/json', true, true, '413', 'too-large'],
  ['JSON in chunks', '/api/ventures', 'application/json', false, true, '413', 'too-large'],
  ['an unknown path', '/api/nowhere', 'application/json', false, true, '404', 'not-found'],
] as const)(
  'a 200 MB body is refused without buffering it, and a client that reads only after sending gets the response: %s',
  async (_, path, type, hasContentLength, isSignedIn, status, code) => {
    const before = process.memoryUsage().arrayBuffers
    const received = await readResponses(path, type, hasContentLength, isSignedIn ? ann.token : undefined)
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`, 'HTTP/1.1 200'])
    expect(received).toContain(`urn:problem:${code}`)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150 * 1024 * 1024)
  },
)
