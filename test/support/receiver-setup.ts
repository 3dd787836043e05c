/** Sets up an HTTP receiver for the tests of a file. */
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type HttpReceiver, startHttpReceiver } from './http-receiver.ts'

/**
 * Starts a receiver before the tests of a file and stops it after them. Each test begins without received requests.
 * @param status of the responses until a test sets others
 */
export function setUpHttpReceiver(status = 204): HttpReceiver {
  let receiver: HttpReceiver
  beforeAll(async () => {
    receiver = await startHttpReceiver()
    receiver.respondWith(status)
  })
  afterEach(() => {
    receiver.received.length = 0
    receiver.respondWith(status)
  })
  afterAll(() => receiver?.stop())
  return {
    get url() {
      return receiver.url
    },
    get port() {
      return receiver.port
    },
    get received() {
      return receiver.received
    },
    countConnections: () => receiver.countConnections(),
    respondWith: (handler) => receiver.respondWith(handler),
    stop: () => receiver.stop(),
  }
}
