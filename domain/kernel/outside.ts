/** What leaves SmartStart for the world: requests to addresses that people gave, and mail. */

/** A request that is sent, once. */
export interface OutgoingRequest {
  url: string
  headers: Record<string, string>
  body: string | Uint8Array
  /** Milliseconds until it is given up, from the look-up of the name to the end of the answer. */
  within: number
}

/** What came back. Its body is not kept: nobody here reads what a stranger's server says. */
export interface OutgoingAnswer {
  status: number
  /** `Retry-After`, as it was sent. */
  retryAfter: string | undefined
}

/** The other side did not answer as HTTP: the message says why, in words that its owner may read. */
export class Unreached extends Error {
  /** True: it will never be asked, at this address. */
  readonly refused: boolean
  constructor(message: string, { refused = false, cause }: { refused?: boolean; cause?: unknown } = {}) {
    super(message, { cause })
    this.name = 'Unreached'
    this.refused = refused
  }
}

/** A mail as it is sent. */
export interface OutgoingMail {
  /** What makes a mail that is sent twice the same mail: the part of its Message-ID before the `@`. */
  id: string
  to: string
  subject: string
  text: string
  html: string
  /** Where mail programs stop it with one request (RFC 8058); null: it cannot be stopped. */
  unsubscribe: string | null
}

/** The mail was not taken. */
export class MailRefused extends Error {
  /** The reply code of SMTP; undefined when the server said nothing. */
  readonly code: number | undefined
  /** True: this mail is never taken, by its receiver or its content. */
  readonly final: boolean
  constructor(message: string, { code, final, cause }: { code: number | undefined; final: boolean; cause?: unknown }) {
    super(message, { cause })
    this.name = 'MailRefused'
    this.code = code
    this.final = final
  }
}

export interface Outside {
  /** Where people find SmartStart, without a slash at the end. */
  readonly publicUrl: string
  /** Who mail is from: `SmartStart <no-reply@example.org>`. */
  readonly mailFrom: string
  /** True: addresses in private networks, and http, may be told (WEBHOOK_ALLOW_PRIVATE). */
  readonly allowPrivate: boolean
  /** POSTs to an address of somebody's. Follows no redirect. @throws Unreached */
  post(request: OutgoingRequest): Promise<OutgoingAnswer>
  /** Hands a mail to the mail server. Undefined where there is none. @throws MailRefused */
  readonly mail: ((mail: OutgoingMail) => Promise<{ code: number }>) | undefined
}
