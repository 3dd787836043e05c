/** The outbound port: requests to addresses that users entered, and mail. */

/** A request that is sent once. */
export interface OutgoingRequest {
  url: string
  headers: Record<string, string>
  body: string | Uint8Array
  /** Milliseconds after which it fails, from the DNS look-up to the end of the response. */
  timeoutMs: number
}

/** The response. Its body is not kept: nothing here reads it. */
export interface OutgoingResponse {
  status: number
  /** The header `Retry-After`, as it was sent. */
  retryAfter: string | undefined
}

/** There was no HTTP response. The message says why, in words for the owner of the address. */
export class UnreachableError extends Error {
  /** True: the address is blocked and is never requested. */
  readonly blocked: boolean
  constructor(message: string, { blocked = false, cause }: { blocked?: boolean; cause?: unknown } = {}) {
    super(message, { cause })
    this.name = 'Unreached'
    this.blocked = blocked
  }
}

/** A mail to send. */
export interface OutgoingMail {
  /** Identifies the mail if it is sent twice: the part of its Message-ID before the `@`. */
  id: string
  to: string
  subject: string
  text: string
  html: string
  /** Where mail programs unsubscribe with one request (RFC 8058); null: the mail cannot be unsubscribed from. */
  unsubscribe: string | null
}

/** The mail server did not accept the mail. */
export class MailRejectedError extends Error {
  /** The SMTP reply code; undefined when the server sent none. */
  readonly code: number | undefined
  /** True: a retry cannot succeed, because of the recipient or the content. */
  readonly permanent: boolean
  constructor(message: string, { code, permanent, cause }: { code: number | undefined; permanent: boolean; cause?: unknown }) {
    super(message, { cause })
    this.name = 'MailRefused'
    this.code = code
    this.permanent = permanent
  }
}

export interface Outbound {
  /** The public address of SmartStart, without a slash at the end. */
  readonly publicUrl: string
  /** The sender of mail: `SmartStart <no-reply@example.org>`. */
  readonly mailFrom: string
  /** True: addresses in private networks, and http, are allowed (WEBHOOK_ALLOW_PRIVATE). */
  readonly allowPrivate: boolean
  /** Sends a POST request to an address that a user entered. Follows no redirect. @throws UnreachableError */
  post(request: OutgoingRequest): Promise<OutgoingResponse>
  /** Sends a mail through the mail server; undefined where none is configured. @throws MailRejectedError */
  readonly mail: ((mail: OutgoingMail) => Promise<{ code: number }>) | undefined
}
