/** The mail server. */
import type { Transporter } from 'nodemailer'
import { MailRefused, type OutgoingMail } from '../kernel/outside.ts'

export interface MailServer {
  send(mail: OutgoingMail): Promise<{ code: number }>
  stop(): void
}

/** Connections to the mail server at once; the rest of the mail waits. */
const connections = 4
/** How long the server may take to be reached, to greet, and to say the next word. With them an attempt ends within its lease. Milliseconds. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 10_000 }

/** @param url `smtp://user:password@host:587`; `smtps://` is encrypted from the first byte, `smtp://` where the server offers it */
export function openMailServer(url: string, from: string): MailServer {
  let transport: Promise<Transporter> | undefined
  // loaded with the first mail
  const opened = async () => {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      url,
      pool: true,
      maxConnections: connections,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...patience,
    } as never)
  }
  const domain = /@([^>]+)>?$/.exec(from)?.[1] ?? 'localhost'
  return {
    async send({ id, to, subject, text, html, unsubscribe }) {
      transport ??= opened()
      try {
        const sent = (await (
          await transport
        ).sendMail({
          // an address, never a list or a name that somebody chose
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
        throw refusal(error as SmtpError)
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

/** What the server refuses for good is the receiver or the mail itself; sign-in and sender are ours to mend, so those are tried again. */
function refusal(error: SmtpError): MailRefused {
  const { responseCode: code, command = '', message } = error
  const final = code !== undefined && code >= 500 && /^(RCPT TO|DATA|CONN_DATA)/.test(command)
  const said = /\s*:?\s*(\d{3}[ -].*)$/s.exec(message)?.[1] ?? message
  return new MailRefused(said.replace(/\s+/g, ' ').slice(0, 300), { code, final, cause: error })
}
