/** Runs the shipped `proxy.conf` in nginx with two upstream servers that record their requests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { sendRequest } from '../support/client.ts'
import { findFreePort, isInstalled, createFolder } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void

describe.skipIf(!isInstalled('proxy.conf', 'nginx'))('proxy.conf', () => {
  const folder = createFolder('nginx')
  const received: { node: number; request: IncomingMessage }[] = []
  const servers: Server[] = []
  let handlers: RequestHandler[] = []
  let nginx: ChildProcess
  let url: string

  beforeAll(async () => {
    for (const node of [0, 1]) {
      const server = createServer((request, response) => {
        received.push({ node, request })
        request.resume().once('end', () => (handlers[node] as RequestHandler)(request, response))
      })
      server.on('upgrade', (request, socket) => {
        received.push({ node, request })
        socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      servers.push(server)
    }
    const port = await findFreePort()
    url = `http://127.0.0.1:${port}`
    const [firstPort, secondPort] = servers.map((server) => (server.address() as AddressInfo).port)
    const shippedConf = readFileSync(join(import.meta.dirname, '../../proxy.conf'), 'utf8')
    // max_fails=0: nginx does not skip a server after a failure
    const conf = shippedConf
      .replace('server node1:3000;', `server 127.0.0.1:${firstPort} max_fails=0;`)
      .replace('server node2:3000;', `server 127.0.0.1:${secondPort} max_fails=0;`)
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
    const tempPaths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`)
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log; events {}
      http { access_log off; proxy_read_timeout 1s; ${tempPaths.join(' ')} ${conf} }`,
    )
    nginx = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', join(folder, 'error.log')], { stdio: 'ignore' })
    await waitUntil(() => fetch(`${url}/metrics`).catch(() => undefined), 'nginx to listen')
  })
  afterAll(async () => {
    nginx.kill('SIGTERM')
    await once(nginx, 'exit')
    for (const server of servers) server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(() => {
    received.length = 0
    handlers = [0, 1].map(() => (_: IncomingMessage, response: ServerResponse) => void response.end('{}'))
  })

  /** Sets the response of both servers. */
  const setBothHandlers = (handler: RequestHandler) => {
    handlers = [handler, handler]
  }

  test.each([
    ['breaks the connection', 502, (request: IncomingMessage) => void request.socket.destroy()],
    ['does not respond', 504, () => {}],
    ['answers 503', 503, (_: IncomingMessage, response: ServerResponse) => void response.writeHead(503).end()],
  ])('a POST or PATCH whose node %s is not sent again', async (_, status, handler) => {
    for (const method of ['POST', 'PATCH']) {
      received.length = 0
      setBothHandlers(handler)
      expect((await sendRequest(url, method, '/api/ventures', {})).status).toBe(status)
      expect(received).toHaveLength(1)
    }
  })

  test('a GET whose node breaks the connection is sent to the other node', async () => {
    setBothHandlers((request, response) => (received.length === 1 ? request.socket.destroy() : response.end('{}')))
    expect((await sendRequest(url, 'GET', '/api/ventures')).status).toBe(200)
    expect(new Set(received.map(({ node }) => node)).size).toBe(2)
  })

  test('HTTP and WebSocket requests reach a node with the headers of the proxy instead of the client’s', async () => {
    const forgedHeaders = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'gopher', 'X-Request-Id': 'forged-by-the-client' }
    await sendRequest(url, 'GET', '/api/ventures', undefined, forgedHeaders)
    for (const path of ['/collab', '/yjs/legal:1', '/notifications']) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers: forgedHeaders })
      socket.on('error', () => {})
      await new Promise((closed) => socket.once('close', closed))
    }
    // a node that refuses a socket with 503 is draining, so nginx also tried the other node
    expect(received).toHaveLength(1 + 3 * 2)
    for (const { request } of received) {
      expect(request.headers).toMatchObject({ host: '127.0.0.1', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' })
      expect(request.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
      expect(request.headers.upgrade).toBe(request.url === '/api/ventures' ? undefined : 'websocket')
    }
  })

  test('the proxy answers 404 for /metrics and does not forward it', async () => {
    expect((await sendRequest(url, 'GET', '/metrics')).status).toBe(404)
    expect(received).toEqual([])
  })
})
