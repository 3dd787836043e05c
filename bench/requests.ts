/** A cheap HTTP client for a load: connections that stay, one request at a time on each, read no further than needed. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * Asks the same thing again and again on several connections.
 * @returns answers a second, of those between the end of the warm-up and the end
 * @throws when an answer is not 200
 */
export async function requestsPerSecond(
  target: { url: string; path: string; headers: Record<string, string> },
  { connections, warmUp, measured }: { connections: number; warmUp: number; measured: number },
): Promise<number> {
  const { hostname, port, host } = new URL(target.url)
  const lines = [
    `GET ${target.path} HTTP/1.1`,
    `host: ${host}`,
    ...Object.entries(target.headers).map(([name, value]) => `${name}: ${value}`),
  ]
  const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
  const began = performance.now()
  const [since, end] = [began + warmUp, began + warmUp + measured]
  let answers = 0

  async function ask(): Promise<void> {
    const socket = connect(Number(port), hostname).setNoDelay()
    await once(socket, 'connect')
    while (performance.now() < end) {
      socket.write(request)
      await answer(socket)
      const now = performance.now()
      if (now >= since && now < end) answers++
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: connections }, ask))
  return answers / (measured / 1000)
}

/** Resolves when a whole answer is here. */
function answer(socket: Socket): Promise<void> {
  return new Promise((done, fail) => {
    let text = ''
    let expected = Number.POSITIVE_INFINITY
    const finish = (end: () => void) => {
      socket.off('data', take).off('close', lost)
      end()
    }
    const lost = () => finish(() => fail(new Error('a connection was closed')))
    const take = (data: Buffer) => {
      // one sign a byte, so that lengths are bytes
      text += data.toString('latin1')
      if (expected === Number.POSITIVE_INFINITY) {
        const head = text.indexOf('\r\n\r\n')
        if (head === -1) return
        const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
        if (!text.startsWith('HTTP/1.1 200') || !length) return finish(() => fail(new Error(`answered: ${text.slice(0, 300)}`)))
        expected = head + 4 + Number(length)
      }
      if (text.length >= expected) finish(done)
    }
    socket.on('data', take).once('close', lost)
  })
}
