/** A local SMTP server that records mail and can refuse it, and a parser for the mail. */
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

export interface ReceivedMail {
  from: string
  to: string[]
  /** Unfolded headers, by lower-case name. */
  headers: Record<string, string>
  text: string
  html: string
  raw: string
}

export interface TestMailServer {
  readonly port: number
  readonly received: ReceivedMail[]
  /** Sets when it refuses mail: the function returns a code and a text, or undefined to accept. */
  refuseWhen(by: (step: 'rcpt' | 'data', address: string) => [number, string] | undefined): void
  stop(): Promise<void>
}

/** @param auth the user name and password that it requires */
export async function startMailServer(port = 0, auth?: { user: string; pass: string }): Promise<TestMailServer> {
  const received: ReceivedMail[] = []
  let refusalFor: Parameters<TestMailServer['refuseWhen']>[0] = () => undefined
  const toSmtpError = (refusal: [number, string] | undefined) =>
    refusal && Object.assign(new Error(refusal[1]), { responseCode: refusal[0] })
  const server = new SMTPServer({
    authOptional: auth === undefined,
    disabledCommands: auth ? ['STARTTLS'] : ['AUTH', 'STARTTLS'],
    allowInsecureAuth: true,
    closeTimeout: 100,
    onAuth(credentials, _session, done) {
      if (credentials.username === auth?.user && credentials.password === auth?.pass) done(null, { user: credentials.username })
      else done(Object.assign(new Error('No such user'), { responseCode: 535 }))
    },
    onRcptTo: ({ address }, _session, done) => done(toSmtpError(refusalFor('rcpt', address))),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        const refusal = toSmtpError(refusalFor('data', to[0] ?? ''))
        if (refusal) return done(refusal)
        const { mailFrom } = session.envelope
        received.push({ from: mailFrom ? mailFrom.address : '', to, ...parseMail(Buffer.concat(chunks).toString('utf8')) })
        done()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    refuseWhen: (by) => {
      refusalFor = by
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Parses a mail with a text part and an HTML part. */
function parseMail(raw: string): Omit<ReceivedMail, 'from' | 'to'> {
  const { headers, body } = splitHeaders(raw)
  const boundary = /boundary="?([^";]+)"?/.exec(headers['content-type'] ?? '')?.[1] ?? ''
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => splitHeaders(part.replace(/^\r?\n/, '')))
  const part = (type: string) => {
    const found = parts.find((one) => one.headers['content-type']?.startsWith(type))
    return found ? decodeBody(found.body, found.headers['content-transfer-encoding'] ?? '') : ''
  }
  return { headers, text: part('text/plain'), html: part('text/html'), raw }
}

function splitHeaders(raw: string): { headers: Record<string, string>; body: string } {
  const [head = '', ...rest] = raw.split(/\r?\n\r?\n/)
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { headers, body: rest.join('\r\n\r\n') }
}

function decodeBody(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  const joined = body.replace(/=\r?\n/g, '')
  const bytes = [...joined.matchAll(/=([0-9A-F]{2})|([^=])/gs)].flatMap(([, hex, sign]) =>
    hex ? [Number.parseInt(hex, 16)] : [...Buffer.from(sign as string)],
  )
  return Buffer.from(bytes).toString('utf8')
}
