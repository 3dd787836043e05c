/** The connection to the mail server. */
import type { Transporter } from 'nodemailer'
import { MailRejectedError, type OutgoingMail } from '../../kernel/outbound.ts'

export interface MailServer {
  send(mail: OutgoingMail): Promise<{ code: number }>
  stop(): void
}

/** Connections to the mail server at once; further mail waits. */
const maxConnections = 4
/**
 * How long the server may take to accept the connection, to greet, and to send its next reply. An attempt ends within its lease.
 * Milliseconds.
 */
const timeoutsMs = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 }

/** @param url `smtp://user:password@host:587`; `smtps://` is encrypted from the first byte, `smtp://` where the server offers it */
export function openMailServer(url: string, from: string): MailServer {
  let transport: Promise<Transporter> | undefined
  // loaded with the first mail
  const createPooledTransport = async () => {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      url,
      pool: true,
      maxConnections,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...timeoutsMs,
    })
  }
  const domain = /@([^>]+)>?$/.exec(from)?.[1] ?? 'localhost'
  return {
    async send({ id, to, subject, text, html, unsubscribe }) {
      transport ??= createPooledTransport()
      try {
        const sent = (await (
          await transport
        ).sendMail({
          // an address, never a list or a name that a user entered
          to: { name: '', address: to },
          from,
          subject,
          text,
          html,
          messageId: `<${id}@${domain}>`,
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(unsubscribe && { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
          },
        })) as { response?: string }
        return { code: Number.parseInt(sent.response ?? '', 10) || 250 }
      } catch (error) {
        throw toMailRejectedError(error as SmtpError)
      }
    },
    stop: () => void transport?.then((one) => one.close()).catch(() => {}),
  }
}

interface SmtpError extends Error {
  code?: string
  command?: string
  responseCode?: number
}

/**
 * Converts a refusal. Permanent ones concern the recipient or the mail itself; problems with sign-in and sender can be fixed, so they are
 * retried.
 */
function toMailRejectedError(error: SmtpError): MailRejectedError {
  const { responseCode: code, command = '', message } = error
  const final = code !== undefined && code >= 500 && /^(RCPT TO|DATA|CONN_DATA)/.test(command)
  const said = /\s*:?\s*(\d{3}[ -].*)$/s.exec(message)?.[1] ?? message
  return new MailRejectedError(said.replace(/\s+/g, ' ').slice(0, 300), { code, permanent: final, cause: error })
}
