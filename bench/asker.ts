/** A cheap client of the REST API for a load: a connection that stays open, and no more than the request; `fetch` takes longer than the server's own HTTP. */
import { Agent, request } from 'node:http'

export type Ask = (method: string, path: string, body: object) => Promise<number>

/** Asks as the holder of a token. Answers the status. */
export function asker(url: string, token: string): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { hostname, port } = new URL(url)
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body)
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      const asked = request({ agent, hostname, port, method, path, headers }, (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode as number))
      })
      asked.once('error', reject)
      asked.end(text)
    })
}
