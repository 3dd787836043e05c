/** What leaves SmartStart, as a node is set up for it. */
import type { Outside } from '../kernel/outside.ts'
import { post } from './post.ts'
import { openMailServer } from './smtp.ts'

export interface WorldOptions {
  publicUrl: string | undefined
  smtpUrl: string | undefined
  mailFrom: string | undefined
  allowPrivate: boolean
  /** Where the node itself listens, where no public address is set. */
  ownUrl: () => string
}

/** Opens the ways out. The mail server is connected to with the first mail. */
export function openWorld({ publicUrl, smtpUrl, mailFrom, allowPrivate, ownUrl }: WorldOptions): Outside & { stop(): void } {
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
