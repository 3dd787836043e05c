/** Reads the environment. Nothing else does. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { isSigningKey } from './domain/signing/authority/signing-key.ts'

const positiveInteger = (defaultValue: number) => z.coerce.number().int().positive().default(defaultValue)
const url = (...schemes: string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    error: `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  })

function isDirectory(path: string): boolean {
  try {
    readdirSync(path)
    return true
  } catch {
    return false
  }
}

/** Every variable with its type, default and description. `npx node bin/environment.ts` prints them for docs/configuration.md. */
export const variables = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000).describe('port to listen on; 0 takes any free one'),
  HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  DATA_DIR: z.string().min(1).default('./data').describe('folder of the embedded database, files and the generated secret'),
  DATABASE_URL: url('postgres:', 'postgresql:')
    .optional()
    .describe('PostgreSQL, `postgresql://user:password@host/database`; absent: embedded PGlite in DATA_DIR'),
  REDIS_URL: url('redis:', 'rediss:').optional().describe('Redis, for more than one node; absent: in-process'),
  TOKEN_SECRET: z
    .string()
    .min(32, 'must be at least 32 characters')
    .optional()
    .describe('signs access tokens, at least 32 characters; absent: generated into DATA_DIR; required with DATABASE_URL'),
  SIGNING_CA_KEY: z
    .string()
    .refine(isSigningKey, 'must be a private key on the curve P-256, as PKCS#8 PEM or base64 of it')
    .optional()
    .describe(
      'private key of the certificate authority that signs agreements: P-256, PKCS#8 PEM or base64 of it; absent: generated into DATA_DIR; required with DATABASE_URL',
    ),
  TSA_URL: url('http:', 'https:')
    .optional()
    .describe('timestamp authority (RFC 3161) that dates sealed agreements; absent: no document timestamp'),
  PUBLIC_URL: url('http:', 'https:').optional().describe('address at which browsers reach SmartStart, with https behind a TLS proxy'),
  TRUSTED_PROXIES: z.coerce
    .number()
    .int()
    .min(0)
    .max(10)
    .default(1)
    .describe('with PUBLIC_URL: number of proxies in front of the node; the client address is that many from the end of X-Forwarded-For'),
  SMTP_URL: url('smtp:', 'smtps:')
    .optional()
    .describe('mail server, `smtp://user:password@host:587`; absent: e-mails are kept in an outbox that administrators read'),
  MAIL_FROM: z
    .string()
    .regex(/^(?:[^<>@\r\n]*<)?[^<>@\s]+@[^<>@\s]+>?$/, 'must be an address, or `Name <address>`')
    .optional()
    .describe('sender of e-mails, `SmartStart <no-reply@example.org>`; absent: no-reply at the host of PUBLIC_URL'),
  WEBHOOK_ALLOW_PRIVATE: z
    .enum(['on', 'off'])
    .default('off')
    .describe('on: webhooks and push may use private networks, this machine and http; for development and closed networks'),
  METRICS_TOKEN: z
    .string()
    .min(16, 'must be at least 16 characters')
    .optional()
    .describe('bearer token for `/metrics`, at least 16 characters; absent: `/metrics` answers this machine only, and not through a proxy'),
  FONTS_DIR: z
    .string()
    .refine(isDirectory, 'must be a folder that can be read')
    .optional()
    .describe('folder with fonts (.ttf, .otf) for PDF exports in scripts that SmartStart has no font for, such as Chinese'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('lowest level that is logged, to standard error: trace, debug, info, warn, error or silent'),
  LIMITS: z.enum(['on', 'off']).default('on').describe('off: no limits of rates and counts, for load tests on your own machine'),
  LIMIT_REQUESTS: positiveInteger(3000).describe('REST requests per minute and account (or client address, when signed out)'),
  LIMIT_SIGN_INS: positiveInteger(120).describe('registrations and sign-ins per minute and client address'),
  LIMIT_BODY_BYTES: positiveInteger(1024 * 1024).describe('largest JSON body in bytes'),
  LIMIT_IMPORT_BYTES: positiveInteger(20 * 1024 * 1024).describe('largest imported or attached file in bytes'),
  LIMIT_WAITING_FILES: positiveInteger(20).describe('exports, and imports, of one account that wait or run'),
  LIMIT_WAITING_READS: positiveInteger(16).describe('reads and restores of large documents of one account that wait or run on one node'),
  LIMIT_FRAME_BYTES: positiveInteger(16 * 1024 * 1024).describe('largest WebSocket frame in bytes'),
  LIMIT_MESSAGES: positiveInteger(2000).describe('messages per second and document socket; ten seconds of them may arrive at once'),
  LIMIT_DOCUMENTS_PER_SOCKET: positiveInteger(200).describe('documents open on one socket'),
  LIMIT_CONNECTIONS: positiveInteger(200).describe('document sockets of one account on one node, and as many subscribers'),
  LIMIT_DOCUMENT_BYTES: positiveInteger(64 * 1024 * 1024).describe('largest document in stored bytes; past it only deletions are accepted'),
  LIMIT_UNREAD_BYTES: positiveInteger(16 * 1024 * 1024).describe(
    'bytes that a client of a document socket may leave unread before it is disconnected with 1013',
  ),
  LIMIT_UNCOMMITTED_BYTES: positiveInteger(64 * 1024 * 1024).describe(
    'bytes of edits that a node holds in memory while the database is away; past it documents close with 1013',
  ),
})

/** The settings of one node, checked and complete. */
export interface Config {
  port: number
  host: string
  dataDir: string
  databaseUrl: string | undefined
  redisUrl: string | undefined
  /** Undefined: the secret in `dataDir`. */
  tokenSecret: string | undefined
  /** Undefined: the key in `dataDir`. */
  signingKey: string | undefined
  /** The timestamp authority; undefined: agreements have no document timestamp. */
  timestampUrl: string | undefined
  publicUrl: string | undefined
  trustedProxies: number
  /** The mail server; undefined: e-mails are kept in the outbox. */
  smtpUrl: string | undefined
  mailFrom: string | undefined
  /** Whether webhooks and push may use private addresses. */
  webhookAllowPrivate: boolean
  metricsToken: string | undefined
  /** A folder with more fonts for PDF exports. */
  fontsDir: string | undefined
  /** A folder that receives tree heads of the audit log; undefined where DATA_DIR is not used. */
  auditDir: string | undefined
  logLevel: string
  limits: Limits
}

/** Limits of what one client may use on a node. Rates and counts are `Infinity` where LIMITS=off. */
export interface Limits {
  requestsPerMinute: number
  signInsPerMinute: number
  bodyBytes: number
  importBytes: number
  maxPendingFiles: number
  maxPendingReads: number
  frameBytes: number
  uncommittedBytes: number
  messagesPerSecond: number
  documentsPerSocket: number
  connectionsPerAccount: number
  documentBytes: number
  unreadBytes: number
}

/** Variables whose value is never printed. */
const secretVariables = new Set(['TOKEN_SECRET', 'SIGNING_CA_KEY'])

/** A variable has a bad value; the message is one line that names it. */
export class ConfigError extends Error {}

/**
 * Reads the settings from an environment.
 * @param env as `process.env`; an empty string counts as absent
 * @throws ConfigError naming the first variable that is wrong and what it takes
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text !== undefined && text !== ''))
  const parsed = variables.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0])
    const found = secretVariables.has(name) ? '' : `; found "${given[name]}"`
    throw new ConfigError(`${name}: ${issue?.message ?? 'bad value'} (${describe(name)})${found}`)
  }
  const v = parsed.data
  for (const name of ['TOKEN_SECRET', 'SIGNING_CA_KEY'] as const) {
    if (v.DATABASE_URL && !v[name]) throw new ConfigError(`${name}: required when DATABASE_URL is set (${describe(name)})`)
  }
  const unlessOff = (limit: number) => (v.LIMITS === 'off' ? Number.POSITIVE_INFINITY : limit)
  return Object.freeze({
    port: v.PORT,
    host: v.HOST,
    dataDir: resolve(v.DATA_DIR),
    databaseUrl: v.DATABASE_URL,
    redisUrl: v.REDIS_URL,
    tokenSecret: v.TOKEN_SECRET,
    signingKey: v.SIGNING_CA_KEY,
    timestampUrl: v.TSA_URL,
    publicUrl: v.PUBLIC_URL,
    trustedProxies: v.TRUSTED_PROXIES,
    smtpUrl: v.SMTP_URL,
    mailFrom: v.MAIL_FROM,
    webhookAllowPrivate: v.WEBHOOK_ALLOW_PRIVATE === 'on',
    metricsToken: v.METRICS_TOKEN,
    fontsDir: v.FONTS_DIR && resolve(v.FONTS_DIR),
    auditDir: v.DATABASE_URL && !given.DATA_DIR ? undefined : join(resolve(v.DATA_DIR), 'audit'),
    logLevel: v.LOG_LEVEL,
    limits: {
      requestsPerMinute: unlessOff(v.LIMIT_REQUESTS),
      signInsPerMinute: unlessOff(v.LIMIT_SIGN_INS),
      messagesPerSecond: unlessOff(v.LIMIT_MESSAGES),
      documentsPerSocket: unlessOff(v.LIMIT_DOCUMENTS_PER_SOCKET),
      connectionsPerAccount: unlessOff(v.LIMIT_CONNECTIONS),
      bodyBytes: v.LIMIT_BODY_BYTES,
      maxPendingFiles: unlessOff(v.LIMIT_WAITING_FILES),
      maxPendingReads: unlessOff(v.LIMIT_WAITING_READS),
      importBytes: v.LIMIT_IMPORT_BYTES,
      frameBytes: v.LIMIT_FRAME_BYTES,
      uncommittedBytes: v.LIMIT_UNCOMMITTED_BYTES,
      documentBytes: v.LIMIT_DOCUMENT_BYTES,
      unreadBytes: v.LIMIT_UNREAD_BYTES,
    },
  })
}

function describe(name: string): string {
  return (variables.shape as Record<string, z.ZodType>)[name]?.description ?? ''
}
