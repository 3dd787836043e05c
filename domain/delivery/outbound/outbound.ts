/** Creates the outbound port of a node: HTTP requests and mail. */
import type { Outbound } from '../../kernel/outbound.ts'
import { post } from './http.ts'
import { openMailServer } from './smtp.ts'

export interface OutboundOptions {
  publicUrl: string | undefined
  smtpUrl: string | undefined
  mailFrom: string | undefined
  webhookAllowPrivate: boolean
  /** The node's own address, used where no public address is set. */
  ownUrl: () => string
}

/** Creates the port. The connection to the mail server is opened with the first mail. */
export function createOutbound({
  publicUrl,
  smtpUrl,
  mailFrom,
  webhookAllowPrivate: allowPrivate,
  ownUrl,
}: OutboundOptions): Outbound & { stop(): void } {
  const from = mailFrom ?? `SmartStart <no-reply@${publicUrl ? new URL(publicUrl).hostname : 'localhost'}>`
  const server = smtpUrl === undefined ? undefined : openMailServer(smtpUrl, from)
  return {
    get publicUrl() {
      return (publicUrl ?? ownUrl()).replace(/\/+$/, '')
    },
    mailFrom: from,
    allowPrivate,
    post: (request) => post(request, allowPrivate),
    mail: server && ((mail) => server.send(mail)),
    stop: () => server?.stop(),
  }
}
