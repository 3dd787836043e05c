/** Webhooks of a test, and their deliveries. */
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { onTestFinished } from 'vitest'
import type { Node } from '../../main.ts'
import type { Person } from './client.ts'
import type { ReceivedRequest, HttpReceiver } from './http-receiver.ts'

export interface RegisteredWebhook {
  id: string
  secret: string
  [more: string]: unknown
}

/** Registers a webhook for events from now on, and deletes it after the test. */
export async function registerWebhook(
  node: Node,
  receiver: HttpReceiver,
  owner: Person,
  audience: string,
  more: object = {},
): Promise<RegisteredWebhook> {
  // earlier events then have a position and are not sent
  await node.sequencer.drain()
  const { status, body } = await owner.request('POST', '/api/webhooks', { url: `${receiver.url}/hook`, audience, ...more })
  if (status !== 201) throw new Error(`${owner.name} could not register a webhook: ${JSON.stringify(body)}`)
  onTestFinished(async () => void (await owner.request('DELETE', `/api/webhooks/${body.id}`)))
  return body
}

/** Reads the deliveries of a webhook, newest first. */
export const readDeliveries = async (owner: Person, id: string): Promise<any[]> =>
  (await owner.request('GET', `/api/webhooks/${id}/deliveries`)).body.items

/** Returns the message of a request. @throws when it is not signed with the secret */
export const verifyMessage = (secret: string, { body, headers }: ReceivedRequest): any =>
  new StandardWebhook(secret).verify(body.toString(), headers as Record<string, string>)

/** Resolves when the deliveries of all earlier events were attempted. */
export async function deliverPending(node: Node): Promise<void> {
  await node.sequencer.drain()
  await node.deliveryWorker.deliverDue()
}
