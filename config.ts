/** The only reader of the environment: what can be set, what it takes, what stands when it is absent. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const count = (standard: number) => z.coerce.number().int().positive().default(standard)
const url = (...schemes: string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    error: `takes an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  })

/** Every variable, with what it takes and its default. The README's table is written from this. */
export const variables = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000).describe('port to listen on; 0 takes any free one'),
  HOST: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
  DATA_DIR: z.string().min(1).default('./data').describe('folder for the embedded database, files and the generated secret'),
  DATABASE_URL: url('postgres:', 'postgresql:').optional().describe('PostgreSQL; absent: embedded PGlite in DATA_DIR'),
  REDIS_URL: url('redis:', 'rediss:').optional().describe('Redis, for more than one node; absent: in-process'),
  TOKEN_SECRET: z
    .string()
    .min(32, 'takes at least 32 characters')
    .optional()
    .describe('signs access tokens, at least 32 characters; absent: generated into DATA_DIR; required with DATABASE_URL'),
  PUBLIC_URL: url('http:', 'https:').optional().describe('address under which browsers reach SmartStart'),
  SMTP_URL: url('smtp:', 'smtps:')
    .optional()
    .describe('mail server, `smtp://user:password@host:587`; absent: mail is kept in an outbox that administrators read'),
  MAIL_FROM: z
    .string()
    .regex(/^(?:[^<>@\r\n]*<)?[^<>@\s]+@[^<>@\s]+>?$/, 'takes an address, or `Name <address>`')
    .optional()
    .describe('whom mail is from, `SmartStart <no-reply@example.org>`; absent: no-reply at the host of PUBLIC_URL'),
  WEBHOOK_ALLOW_PRIVATE: z
    .enum(['on', 'off'])
    .default('off')
    .describe('on: webhooks and push may go to private networks and this machine, and over http; for development and closed networks'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('least level that is logged, to standard error'),
  LIMITS: z.enum(['on', 'off']).default('on').describe('off: no rate and count limits, for load tests on your own machine'),
  LIMIT_REQUESTS: count(3000).describe('REST requests a minute and account (or address, when signed out)'),
  LIMIT_SIGN_INS: count(120).describe('registrations and sign-ins a minute and address'),
  LIMIT_BODY_BYTES: count(1024 * 1024).describe('largest JSON body, bytes'),
  LIMIT_IMPORT_BYTES: count(20 * 1024 * 1024).describe('largest file to import, bytes'),
  LIMIT_FRAME_BYTES: count(16 * 1024 * 1024).describe('largest WebSocket frame, bytes'),
  LIMIT_MESSAGES: count(2000).describe('messages a second and live socket; ten seconds of them may come at once'),
  LIMIT_DOCUMENTS_PER_SOCKET: count(200).describe('documents open on one live socket'),
  LIMIT_CONNECTIONS: count(200).describe('live sockets of one account on one node; as many subscribers'),
  LIMIT_DOCUMENT_BYTES: count(64 * 1024 * 1024).describe('largest document, bytes as kept; past it only deletions are taken'),
  LIMIT_UNREAD_BYTES: count(16 * 1024 * 1024).describe('bytes that a live socket may leave unread before it is let go with 1013'),
  LIMIT_UNCOMMITTED_BYTES: count(64 * 1024 * 1024).describe(
    'edits a node keeps while the database is away, bytes; past it documents close with 1013',
  ),
})

/** The settings of one node, checked and complete. */
export interface Config {
  port: number
  host: string
  dataDir: string
  databaseUrl: string | undefined
  redisUrl: string | undefined
  tokenSecret: string
  publicUrl: string | undefined
  /** The mail server; undefined: mail is kept. */
  smtpUrl: string | undefined
  mailFrom: string | undefined
  /** Whether what people register may lie in private networks. */
  webhookAllowPrivate: boolean
  logLevel: string
  limits: Limits
}

/** Numbers that bound what one client may ask of a node. `Infinity` where LIMITS=off. */
export interface Limits {
  requests: number
  signIns: number
  bodyBytes: number
  importBytes: number
  frameBytes: number
  uncommittedBytes: number
  messages: number
  documentsPerSocket: number
  connections: number
  documentBytes: number
  unreadBytes: number
}

/** A variable holds what it cannot take; the message is one line that names it. */
export class ConfigError extends Error {}

/**
 * Reads the settings from an environment.
 * @param env names and texts, as `process.env` has them; an empty text counts as absent
 * @throws ConfigError naming the first variable that is wrong and what it takes
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, text]) => text !== undefined && text !== ''))
  const parsed = variables.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0])
    throw new ConfigError(`${name}: ${issue?.message ?? 'bad value'} (${describe(name)}); found "${given[name]}"`)
  }
  const v = parsed.data
  if (v.DATABASE_URL && !v.TOKEN_SECRET) {
    throw new ConfigError(`TOKEN_SECRET: required when DATABASE_URL is set (${describe('TOKEN_SECRET')})`)
  }
  const dataDir = resolve(v.DATA_DIR)
  const counted = (most: number) => (v.LIMITS === 'off' ? Number.POSITIVE_INFINITY : most)
  return Object.freeze({
    port: v.PORT,
    host: v.HOST,
    dataDir,
    databaseUrl: v.DATABASE_URL,
    redisUrl: v.REDIS_URL,
    tokenSecret: v.TOKEN_SECRET ?? keptSecret(dataDir),
    publicUrl: v.PUBLIC_URL,
    smtpUrl: v.SMTP_URL,
    mailFrom: v.MAIL_FROM,
    webhookAllowPrivate: v.WEBHOOK_ALLOW_PRIVATE === 'on',
    logLevel: v.LOG_LEVEL,
    limits: {
      requests: counted(v.LIMIT_REQUESTS),
      signIns: counted(v.LIMIT_SIGN_INS),
      messages: counted(v.LIMIT_MESSAGES),
      documentsPerSocket: counted(v.LIMIT_DOCUMENTS_PER_SOCKET),
      connections: counted(v.LIMIT_CONNECTIONS),
      bodyBytes: v.LIMIT_BODY_BYTES,
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

function keptSecret(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'token-secret')
  try {
    // wx: of two processes that start at once, the second reads what the first wrote
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new ConfigError(`DATA_DIR: cannot write there (${(error as Error).message})`)
    }
  }
  return readFileSync(file, 'utf8')
}
