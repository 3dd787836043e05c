/** An HTTP client with one kept-alive connection. `fetch` takes longer than the server's own part of a request. */
import { Agent, request } from 'node:http'

export type HttpClient = (method: string, path: string, body?: object) => Promise<number>

/** Returns a function that sends a request and resolves with the status. */
export function createHttpClient(url: string, token: string): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { hostname, port } = new URL(url)
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body)
      const content = text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const headers = { authorization: `Bearer ${token}`, ...content }
      const sent = request({ agent, hostname, port, method, path, headers }, (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode as number))
      })
      sent.once('error', reject)
      sent.end(text)
    })
}
