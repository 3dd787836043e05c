/** Keep-alive of open connections: proxies close a connection that is silent for a minute. */
import { processInChunks } from '../domain/kernel/scheduling.ts'

const keepAliveIntervalMs = 20_000

/** Sends keep-alives on every connection at an interval. Returns a function that stops it. */
export function startKeepAlive(connections: () => Iterable<{ keepAlive(): void }>): () => void {
  const timer = setInterval(() => processInChunks(connections(), (connection) => connection.keepAlive()), keepAliveIntervalMs)
  return () => clearInterval(timer)
}
